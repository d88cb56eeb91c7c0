import * as v from "valibot";
import { answerError } from "../answer_error.ts";
import type { AuthorizedCall } from "../authorized_call.ts";
import type { PushDevices } from "./push_model.ts";

const PATH = "/v1/push/subscriptions";

const List = v.looseObject({ subscriptions: v.array(v.looseObject({ id: v.string() })) });
const Tested = v.looseObject({
  result: v.picklist(["delivered", "gone", "refused", "given_up", "waiting", "stopped"]),
});

/** The list as the home server keeps it for the account. (Specification page 3, "Push") */
export function createPushDevices(
  call: AuthorizedCall,
  { handle }: { handle: string },
): PushDevices {
  return {
    async addPushDevice(subscription) {
      const answer = await call("POST", PATH, { subscription });
      if (answer.status !== 200 && answer.status !== 201) throw answerError(answer);
    },
    async hasPushDevice(id) {
      const answer = await call("GET", `${PATH}/${handle}`);
      if (answer.status !== 200 || !v.is(List, answer.body)) throw answerError(answer);
      return answer.body.subscriptions.some((one) => one.id === id);
    },
    async removePushDevice(id) {
      const answer = await call("DELETE", `${PATH}/${id}`);
      // What is not there is gone already, or somebody else's by now.
      if (![204, 403, 404].includes(answer.status)) throw answerError(answer);
    },
    async testPushDevice(id) {
      const answer = await call("POST", `${PATH}/${id}/test`);
      if (answer.status !== 200 || !v.is(Tested, answer.body)) throw answerError(answer);
      const { result } = answer.body;
      return result === "given_up" || result === "stopped" ? "waiting" : result;
    },
  };
}
