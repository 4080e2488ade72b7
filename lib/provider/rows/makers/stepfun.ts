/**
 * StepFun. Facts: docs/facts/providers.md §12.4.
 *
 * @module
 */

import { GENERIC_CHAT } from "../../chat_rules.ts";
import { provider } from "../../defaults.ts";

export const stepfun = provider({
  name: "stepfun",
  title: "StepFun",
  hosts: ["api.stepfun.com", "api.stepfun.ai"],
  catalog: {
    baseUrl: "https://api.stepfun.com/v1",
    keyEnv: "STEPFUN_API_KEY",
    models: [
      { id: "step-3.7-flash", title: "Step 3.7 Flash", window: 256_000, images: true },
      {
        id: "step-3.5-flash",
        title: "Step 3.5 Flash",
        window: 262_144,
        images: false,
        efforts: ["high"],
      },
    ],
    regions: [
      { title: "Step Plan, China", baseUrl: "https://api.stepfun.com/step_plan/v1" },
      { title: "international", baseUrl: "https://api.stepfun.ai/v1" },
      { title: "Step Plan, international", baseUrl: "https://api.stepfun.ai/step_plan/v1" },
    ],
  },
  chat: {
    ...GENERIC_CHAT,
    models: [
      // two values
      {
        match: /step-3\.5-flash-2603/i,
        rules: {
          images: false,
          efforts: { ...GENERIC_CHAT.efforts, medium: { reasoning_effort: "high" } },
        },
      },
      // none
      { match: /step-3\.5/i, rules: { images: false, efforts: { default: {} } } },
    ],
  },
});
