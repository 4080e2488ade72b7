/**
 * What is said of an upstream's key that is not asked now, or that requests wait for: in `status` and on the dashboard.
 *
 * @module
 */

import { showDuration } from "../units.ts";

/** How a key is; `KeyHealth` of `observe/` says what the fields mean. */
interface KeyFacts {
  readonly name: string;
  readonly state: "closed" | "open" | "half-open";
  readonly opens?: number;
  readonly busy: number;
  readonly waiting: number;
}

/** The line of a key, in English and Chinese; `undefined` while all is well. */
export function sayKey(
  { name, state, opens = 0, busy, waiting }: KeyFacts,
): { readonly en: string; readonly zh: string } | undefined {
  const time = showDuration(opens);
  const en = [
    ...state === "open" ? [`could not answer; tried again in ${time}`] : [],
    ...state === "half-open" ? ["could not answer; the next request tries it again"] : [],
    ...waiting > 0 ? [`${waiting} ${waiting === 1 ? "waits" : "wait"} behind ${busy}`] : [],
  ];
  const zh = [
    ...state === "open" ? [`无法应答，${time} 后重试`] : [],
    ...state === "half-open" ? ["无法应答，下一个请求将再次尝试"] : [],
    ...waiting > 0 ? [`${waiting} 个请求排在 ${busy} 个之后`] : [],
  ];
  if (en.length === 0) return undefined;
  return { en: `upstream ${name}: ${en.join("; ")}`, zh: `上游 ${name}：${zh.join("；")}` };
}
