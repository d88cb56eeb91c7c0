/** Why the server cannot start, in words that tell the operator what to do; it is shown without a stack. */
export class StartFault extends Error {
  override name = "StartFault";
}
