/**
 * Why the server cannot start, or a command cannot be carried out, in words that tell the operator what to do; it is shown
 * without a stack.
 */
export class StartFault extends Error {
  override name = "StartFault";
}
