/**
 * ModelScope's inference API. Facts: docs/facts/providers.md §12.3.
 *
 * @module
 */

import { GENERIC_CHAT } from "../../chat_rules.ts";
import { provider } from "../../defaults.ts";

export const modelscope = provider({
  name: "modelscope",
  title: "ModelScope",
  hosts: ["api-inference.modelscope.cn"],
  catalog: {
    baseUrl: "https://api-inference.modelscope.cn/v1",
    keyEnv: "MODELSCOPE_API_KEY",
    models: [
      {
        id: "ZhipuAI/GLM-5.2",
        title: "GLM 5.2",
        window: 200_000,
        images: false,
        efforts: ["none", "high"],
      },
    ],
  },
  chat: {
    ...GENERIC_CHAT,
    efforts: { default: {}, none: { enable_thinking: false }, minimal: { enable_thinking: false } },
    models: [{
      match: /glm-\d+(?:\.\d+)?(?!v)\b|coder|deepseek-(?:v|r)\d/i,
      rules: { images: false },
    }],
  },
});
