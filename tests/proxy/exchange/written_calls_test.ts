/** Calls written as text in every dialect, through the real composition on both wires: whole, split anywhere, cut anywhere. */

import assert from "node:assert/strict";
import { delta, sse } from "../../helpers/streams/chat_streams.ts";
import { seededRandom } from "../../helpers/clock/fake_clock.ts";
import { numbered } from "../../helpers/streams/responses_streams.ts";
import { Failure } from "../../../lib/base/errors.ts";
import { isObject, type JsonObject } from "../../../lib/base/json.ts";
import type { Wire } from "../../../lib/config/config.ts";
import { profileNamed } from "../../../lib/provider/profiles.ts";
import { WIRES } from "../../../lib/proxy/wires/wires.ts";
import { checkGrammar, messageText } from "../../../lib/translate/grammar.ts";
import type { ResponsesEvent } from "../../../lib/wire/responses.ts";
import { sseReader } from "../../../lib/wire/sse.ts";

const TOOLS: JsonObject[] = [
  {
    type: "function",
    name: "exec_command",
    parameters: {
      type: "object",
      properties: {
        cmd: { type: "string" },
        yield_time_ms: { type: "number" },
        env: { type: "object" },
      },
      required: ["cmd"],
    },
  },
  { type: "function", name: "get_goal", parameters: { type: "object", properties: {} } },
  { type: "custom", name: "apply_patch" },
  {
    type: "namespace",
    name: "mcp__probe",
    tools: [{
      type: "function",
      name: "measure",
      parameters: { type: "object", properties: { what: { type: "string" } }, required: ["what"] },
    }],
  },
];

interface Real {
  readonly name: string;
  readonly args: string;
}

interface Answer {
  readonly texts: string[];
  readonly calls: string[];
  readonly reasoning: string;
  readonly failure: string | undefined;
}

/** A stream of an answer, as a list of messages; each piece is a delta. */
type Told = { text?: string; reasoning?: string; real?: Real };

const chatStream = (told: readonly Told[], length: number): Uint8Array[] => {
  let index = 0;
  const chunks = told.flatMap(({ text, reasoning, real }): JsonObject[] => {
    if (real) {
      const { name, args } = real;
      const call = { index, id: `c${index++}`, function: { name, arguments: args } };
      return [delta({ tool_calls: [call] })];
    }
    const key = text === undefined ? "reasoning_content" : "content";
    return cut(text ?? reasoning ?? "", length).map((piece) => delta({ [key]: piece }));
  });
  return [...chunks, delta({}, index > 0 ? "tool_calls" : "stop"), "[DONE]"]
    .map((chunk) => sse(chunk));
};

function responsesStream(told: readonly Told[], length: number): Uint8Array[] {
  const output: JsonObject[] = [];
  const events: JsonObject[] = [
    { type: "response.created", response: { id: "r", status: "in_progress", output: [] } },
  ];
  for (const [output_index, { text, reasoning, real }] of told.entries()) {
    const of = { output_index, item_id: `i${output_index}` };
    const add = (item: JsonObject, inner: JsonObject[], done: JsonObject) => {
      events.push({ type: "response.output_item.added", output_index, item });
      events.push(...inner.map((each) => ({ ...of, ...each }) as JsonObject));
      events.push({ type: "response.output_item.done", output_index, item: done });
      output.push(done);
    };
    if (real) {
      const item = {
        id: of.item_id,
        type: "function_call",
        call_id: `c${output_index}`,
        name: real.name,
      };
      const { args } = real;
      const type = "response.function_call_arguments";
      add({ ...item, arguments: "" }, [
        { type: `${type}.delta`, delta: args },
        { type: `${type}.done`, arguments: args },
      ], { ...item, arguments: args, status: "completed" });
    } else if (text !== undefined) {
      const item = { id: of.item_id, type: "message", role: "assistant" };
      const part = { type: "output_text", text, annotations: [] };
      const content_index = 0;
      add({ ...item, content: [] }, [
        { type: "response.content_part.added", content_index, part: { ...part, text: "" } },
        ...cut(text, length).map((piece) => ({
          type: "response.output_text.delta",
          content_index,
          delta: piece,
        })),
        { type: "response.output_text.done", content_index, text },
        { type: "response.content_part.done", content_index, part },
      ], { ...item, content: [part], status: "completed" });
    } else {
      const item = { id: of.item_id, type: "reasoning", summary: [] };
      add(
        item,
        cut(reasoning ?? "", length).map((piece) => ({
          type: "response.reasoning_text.delta",
          content_index: 0,
          delta: piece,
        })),
        { ...item, content: [{ type: "reasoning_text", text: reasoning ?? "" }] },
      );
    }
  }
  events.push({ type: "response.completed", response: { id: "r", status: "completed", output } });
  return events.map((event) => sse(event));
}

const STREAMS = { chat: chatStream, responses: responsesStream } as const;

function cut(text: string, length: number): string[] {
  const pieces: string[] = [];
  for (let at = 0; at < text.length; at += length) pieces.push(text.slice(at, at + length));
  return pieces;
}

/** Runs a stream through the wire's adapter. */
function run(wire: Wire, messages: readonly Uint8Array[], provider = "generic") {
  const random = seededRandom(1);
  const { decoder } = WIRES[wire].encode({ model: "m", input: "hi", tools: TOOLS }, {
    profile: profileNamed(provider)!,
    title: "Sim",
    random,
    createdAt: 1_800_000_000,
    limits: { event: 1 << 24, toolCalls: 128 },
    classify: (_, text) => new Failure("refused", text.slice(0, 80)),
    tolerates: () => true,
  });
  const reader = sseReader({ maxEvent: 1 << 24, tail: true });
  const events: ResponsesEvent[] = [];
  let failure: string | undefined;
  try {
    for (const message of messages) {
      for (const each of reader.push(message)) {
        events.push(...decoder.push(each));
      }
    }
    if (events.at(-1)?.type !== "response.completed") events.push(...decoder.end());
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    failure = error.code;
  }
  return { events: numbered(events), failure };
}

function gist({ events, failure }: ReturnType<typeof run>): Answer {
  const done = events.filter(({ type }) => type === "response.output_item.done")
    .map(({ data }) => data.item).filter(isObject);
  const of = (type: string) => done.filter((item) => item.type === type);
  return {
    texts: of("message").map(messageText),
    calls: done.filter(({ type }) => type === "function_call" || type === "custom_tool_call")
      .map((item) =>
        `${item.namespace === undefined ? "" : `${item.namespace}.`}${item.name} ${
          item.arguments ?? item.input
        }`
      ),
    reasoning: of("reasoning").map((item) => JSON.stringify([item.summary, item.content]))
      .join("").replace(/"type":"[a-z_]*",?|"text":|[[\]{}"]|null|,/g, ""),
    failure,
  };
}

const D = "｜DSML｜";
const LS = 'exec_command {"cmd":"ls"}';
const invoke = (open = "", name = "exec_command", cmd = "ls") =>
  `<${open}invoke name="${name}">\n<${open}parameter name="cmd">${cmd}</${open}parameter>\n</${open}invoke>`;
const NS = "]<]minimax[>[";
const m3 = (cmd: string) =>
  `${NS}<tool_call>\n${NS}<invoke name="exec_command">${NS}<cmd>${cmd}${NS}</cmd>${NS}</invoke>\n${NS}</tool_call>`;
const dsml = (bars: string, tag = "tool_calls") => {
  const prefix = `${bars}DSML${bars}`;
  return `<${prefix}${tag}>\n<${prefix}invoke name="exec_command">\n<${prefix}parameter name="cmd" string="true">ls</${prefix}parameter>\n</${prefix}invoke>\n</${prefix}${tag}>`;
};
const harmony = (head: string, args = '{"cmd":"ls"}') => `${head}<|message|>${args}<|call|>`;

/** Written alone or behind a sentence: one call of `ls`, and nothing of it on the screen. */
const FORMS: Readonly<Record<string, string>> = {
  minimax: `<minimax:tool_call>\n${invoke()}\n</minimax:tool_call>`,
  "minimax, unterminated": `<minimax:tool_call>\n${invoke()}\n`,
  "function_calls": `<function_calls>\n${invoke()}\n</function_calls>`,
  "a bare invoke": invoke(),
  "minimax m3": m3("ls"),
  "minimax m3, token lost before some tags":
    `${NS}<tool_call>\n${NS}<invoke name="exec_command">${NS}<cmd>ls</cmd>${NS}</invoke>\n${NS}</tool_call>`,
  "minimax m3, token lost before the first tag":
    `<tool_call>\n${NS}<invoke name="exec_command">${NS}<cmd>ls${NS}</cmd>${NS}</invoke>${NS}</tool_call>`,
  "minimax m3, ended by its end of text": `${m3("ls")}[e~[`,
  "dsml": dsml("｜"),
  "dsml, doubled": dsml("｜｜"),
  "dsml, ascii": dsml("|"),
  "dsml, double bar": dsml("‖"),
  "dsml, older": dsml("｜", "function_calls"),
  "dsml, bare": invoke(D),
  "dsml, unterminated": dsml("｜").split("\n").slice(0, -1).join("\n"),
  "dsml, end of sentence": `${dsml("｜")}<｜end▁of▁sentence｜>`,
  "deepseek v3":
    '<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>exec_command\n```json\n{"cmd":"ls"}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜>',
  "deepseek v3.1":
    '<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>exec_command<｜tool▁sep｜>{"cmd":"ls"}<｜tool▁call▁end｜><｜tool▁calls▁end｜>',
  "deepseek v3.1, bare":
    '<｜tool▁call▁begin｜>exec_command<｜tool▁sep｜>{"cmd":"ls"}<｜tool▁call▁end｜>',
  "harmony": harmony("<|channel|>commentary to=functions.exec_command <|constrain|>json"),
  "harmony, start": harmony(
    "<|start|>assistant<|channel|>commentary to=functions.exec_command json",
  ),
  "harmony, recipient in the role": harmony(
    "<|start|>assistant to=functions.exec_command<|channel|>commentary <|constrain|>json",
  ),
  "harmony, in analysis": harmony("<|channel|>analysis to=functions.exec_command code"),
  "harmony, no end":
    '<|channel|>commentary to=functions.exec_command<|constrain|>json<|message|>{"cmd":"ls"}',
  kimi:
    '<|tool_calls_section_begin|><|tool_call_begin|>functions.exec_command:0<|tool_call_argument_begin|>{"cmd":"ls"}<|tool_call_end|><|tool_calls_section_end|>',
  "kimi, no section":
    '<|tool_call_begin|>functions.exec_command:0<|tool_call_argument_begin|>{"cmd":"ls"}<|tool_call_end|>',
  "kimi, section without end":
    '<|tool_calls_section_begin|><|tool_call_begin|>functions.exec_command:0<|tool_call_argument_begin|>{"cmd":"ls"}<|tool_call_end|>',
  "single quotes": invoke().replaceAll('"', "'"),
  "no end of the last parameter":
    "<tool_call><function=exec_command><parameter=cmd>ls\n</function></tool_call>",
  "an opening mark twice":
    '<tool_call>\n<tool_call>\n{"name":"exec_command","arguments":{"cmd":"ls"}}\n</tool_call>',
  "line ends of another system":
    "<tool_call>\r\n<function=exec_command>\r\n<parameter=cmd>\r\nls\r\n</parameter>\r\n</function>\r\n</tool_call>",
  "hermes, no end": '<tool_call>\n{"name": "exec_command", "arguments": {"cmd": "ls"}}',
  "hermes, half an end": '<tool_call>{"name":"exec_command","arguments":{"cmd":"ls"}}</tool_c',
  "hermes, no end but of the text":
    '<tool_call>{"name":"exec_command","arguments":{"cmd":"ls"}}\n<|im_end|>',
  "glm, no end": "<tool_call>exec_command\n<arg_key>cmd</arg_key>\n<arg_value>ls</arg_value>",
  "qwen coder, no end":
    "<tool_call>\n<function=exec_command>\n<parameter=cmd>\nls\n</parameter>\n</function>",
  "python": '<|python_tag|>[exec_command(cmd="ls")]<|eom_id|>',
  "python, llama 4": "<|python_start|>[exec_command(cmd='ls')]<|python_end|>",
  "json, llama 4":
    '<|python_start|>{"name": "exec_command", "parameters": {"cmd": "ls"}}<|python_end|>',
  "python, liquid": '<|tool_call_start|>[exec_command(cmd="ls")]<|tool_call_end|>',
  "minimax, arrows":
    '[TOOL_CALL]\n{tool => "exec_command", args => {\n  --cmd "ls"\n}}\n[/TOOL_CALL]',
  "minimax, arrows on one line":
    '[TOOL_CALL]{tool => "exec_command" args => {--cmd: "ls"}}}[/TOOL_CALL]',
  "minimax, arrows around JSON":
    '[TOOL_CALL]{tool => "exec_command", args => {"cmd":"ls"}}[/TOOL_CALL]',
  hermes: '<tool_call>\n{"name": "exec_command", "arguments": {"cmd": "ls"}}\n</tool_call>',
  "hermes, arguments encoded":
    '<tool_call>{"name":"exec_command","arguments":"{\\"cmd\\":\\"ls\\"}"}</tool_call><|im_end|>',
  "hermes, parameters": '<tool_call>{"name":"exec_command","parameters":{"cmd":"ls"}}</tool_call>',
  "qwen coder":
    "<tool_call>\n<function=exec_command>\n<parameter=cmd>\nls\n</parameter>\n</function>\n</tool_call>",
  "qwen coder, opening lost":
    "<function=exec_command>\n<parameter=cmd>\nls\n</parameter>\n</function>\n</tool_call>",
  glm: "<tool_call>exec_command\n<arg_key>cmd</arg_key>\n<arg_value>ls</arg_value>\n</tool_call>",
  "glm, one line":
    "<tool_call>exec_command<arg_key>cmd</arg_key><arg_value>ls</arg_value></tool_call>",
  "mistral": '[TOOL_CALLS][{"name": "exec_command", "arguments": {"cmd": "ls"}}]',
  "mistral, args": '[TOOL_CALLS]exec_command[ARGS]{"cmd":"ls"}</s>',
  "mistral, call id": '[TOOL_CALLS]exec_command[CALL_ID]abc123def[ARGS]{"cmd":"ls"}',
  "mistral, name": '[TOOL_CALLS]exec_command{"cmd":"ls"}',
  "llama": '<|python_tag|>{"name": "exec_command", "parameters": {"cmd": "ls"}}<|eom_id|>',
  "llama, function": '<function=exec_command>{"cmd": "ls"}</function>',
  "a list": '<tool_calls>[{"name":"exec_command","arguments":{"cmd":"ls"}}]</tool_calls>',
  "a name in a namespace nobody has":
    '<tool_call>{"name":"functions.exec_command","arguments":{"cmd":"ls"}}</tool_call>',
};

const length = (text: string) => [1, 2, 3, 7, 20, text.length];

for (const wire of ["chat", "responses"] as const) {
  for (const [name, form] of Object.entries(FORMS)) {
    Deno.test(`written calls: ${wire}, ${name}`, () => {
      for (const [before, shown] of [["", []], ["I look.\n", ["I look.\n"]]] as const) {
        const text = before + form;
        for (const size of length(text)) {
          const result = run(wire, STREAMS[wire]([{ text }], size));
          const { texts, calls, failure } = gist(result);
          assert.deepEqual({ texts, calls, failure }, {
            texts: shown,
            calls: [LS],
            failure: undefined,
          });
          assert.equal(checkGrammar(result.events), undefined);
          const shownText = result.events.filter(({ type }) =>
            type === "response.output_text.delta"
          )
            .map(({ data }) => data.delta).join("");
          assert.equal(shownText, shown.join(""));
        }
      }
    });

    Deno.test(`written calls: ${wire}, ${name}, is text where it is spoken of`, () => {
      for (
        const text of [
          `Write it so:\n\`\`\`\n${form}\n\`\`\`\n`,
          `Write it so:\n\`\`\`\`md\n\`\`\`\n${form}\n\`\`\`\n\`\`\`\``,
          `It is \`${form.replaceAll("\n", "").replaceAll("`", "")}\``,
          `It is \`\`${form.replaceAll("\n", "").replaceAll("`", "")}\`\``,
          `> ${form.replaceAll("\n", "\n> ")}`,
          `So:\n\n    ${form.replaceAll("\n", "\n    ")}`,
          `${form}\nThat is how.`,
          `He wrote "${form}".`,
          form.replaceAll("exec_command", "no_such_tool"),
          `a ${form.slice(0, form.indexOf("ls"))}`,
        ]
      ) {
        for (const size of [1, 5, text.length]) {
          const result = run(wire, STREAMS[wire]([{ text }], size));
          const { texts, calls, failure } = gist(result);
          assert.deepEqual({ texts, calls, failure }, {
            texts: [text],
            calls: [],
            failure: undefined,
          });
          assert.equal(checkGrammar(result.events), undefined);
        }
      }
    });

    Deno.test(`written calls: ${wire}, ${name}, cut anywhere, is no call`, () => {
      const messages = STREAMS[wire]([{ text: `I look.${form}` }], 6);
      for (let at = 0; at < messages.length - 2; at++) {
        const { calls, failure } = gist(run(wire, messages.slice(0, at)));
        assert.deepEqual({ calls, failure }, { calls: [], failure: "truncated" });
      }
    });
  }

  /** What else a stream may hold. */
  const cases: Readonly<Record<string, { told: Told[]; texts?: string[]; calls: string[] }>> = {
    "is not doubled beside the same call": {
      told: [{ text: FORMS.hermes as string }, {
        real: { name: "exec_command", args: '{"cmd":"ls"}' },
      }],
      calls: [LS],
    },
    "is not doubled beside a call with more arguments": {
      told: [
        { text: `Look. ${FORMS.dsml}` },
        { real: { name: "exec_command", args: '{"cmd":"ls","yield_time_ms":5}' } },
      ],
      texts: ["Look. "],
      calls: ['exec_command {"cmd":"ls","yield_time_ms":5}'],
    },
    "fills a call without arguments": {
      told: [{ text: FORMS.glm as string }, { real: { name: "exec_command", args: "{}" } }],
      calls: [LS],
    },
    "fills a call before it": {
      told: [{ real: { name: "exec_command", args: "{}" } }, { text: FORMS.minimax as string }],
      calls: [LS],
    },
    "fills a call with what is left of its markup": {
      told: [
        {
          text:
            `<${D}parameter name="cmd" string="true">ls</${D}parameter>\n</${D}invoke>\n</${D}tool_calls>`,
        },
        { real: { name: "exec_command", args: "{}" } },
      ],
      calls: [LS],
    },
    "fills a call with what is left of other markup": {
      told: [
        { text: "<parameter=cmd>\nls\n</parameter>\n</function>\n</tool_call>" },
        { real: { name: "exec_command", args: "" } },
      ],
      calls: [LS],
    },
    "leaves a call that needs no arguments alone": {
      told: [{ text: "Ok." }, { real: { name: "get_goal", args: "{}" } }],
      texts: ["Ok."],
      calls: ["get_goal {}"],
    },
    "is another call beside one of another tool": {
      told: [{ text: FORMS.kimi as string }, { real: { name: "get_goal", args: "{}" } }],
      calls: ["get_goal {}", LS],
    },
    "counts several blocks": {
      told: [{ text: `${FORMS.hermes}\n${(FORMS.hermes as string).replace('"ls"', '"pwd"')}` }],
      calls: [LS, 'exec_command {"cmd":"pwd"}'],
    },
    "counts several invokes of one block": {
      told: [{
        text: `<minimax:tool_call>\n${invoke()}\n${
          invoke("", "exec_command", "pwd")
        }\n</minimax:tool_call>`,
      }],
      calls: [LS, 'exec_command {"cmd":"pwd"}'],
    },
    "finds a tool in a namespace": {
      told: [{
        text: '<tool_call>{"name":"mcp__probe.measure","arguments":{"what":"x"}}</tool_call>',
      }],
      calls: ['mcp__probe.measure {"what":"x"}'],
    },
    "counts at the end of reasoning alone": {
      told: [{ reasoning: `Hm. ${FORMS.hermes}` }],
      calls: [LS],
    },
    "does not count in reasoning before an answer": {
      told: [{ reasoning: `Hm. ${FORMS.hermes}` }, { text: "Done." }],
      texts: ["Done."],
      calls: [],
    },
    "keeps its types": {
      told: [{
        text:
          `<${D}tool_calls><${D}invoke name="exec_command"><${D}parameter name="cmd" string="true">5</${D}parameter><${D}parameter name="yield_time_ms" string="false">1000</${D}parameter></${D}invoke></${D}tool_calls>`,
      }],
      calls: ['exec_command {"cmd":"5","yield_time_ms":1000}'],
    },
    "keeps ampersands, quotes and brackets": {
      told: [{ text: FORMS.minimax!.replace("ls", 'a && b < "c" > d; echo </x>') }],
      calls: ['exec_command {"cmd":"a && b < \\"c\\" > d; echo </x>"}'],
    },
    "keeps the very syntax in a value": {
      told: [{ text: FORMS["qwen coder"]!.replace("ls", "grep '</function>' '</parameter>' x") }],
      calls: ["exec_command {\"cmd\":\"grep '</function>' '</parameter>' x\"}"],
    },
    "holds bare line breaks": {
      told: [{ text: '<tool_call>{"name":"exec_command","arguments":{"cmd":"a\nb"}}</tool_call>' }],
      calls: ['exec_command {"cmd":"a\\nb"}'],
    },
    "is Python with every kind of literal": {
      told: [{
        text:
          '<|python_start|>[exec_command(cmd=\'it\\\'s \\u00e9 "x"\', yield_time_ms=1.5e3, env={"A": [1, -2.5, True, None,], \'B\': """c"""}), get_goal()]<|python_end|>',
      }],
      calls: [
        'exec_command {"cmd":"it\'s é \\"x\\"","yield_time_ms":1500,"env":{"A":[1,-2.5,true,null],"B":"c"}}',
        "get_goal {}",
      ],
    },
    "has arrows with every kind of value": {
      told: [{
        text:
          '[TOOL_CALL]{tool => "exec_command", args => { --cmd "a \\"b\\"\nc }} --d" --yield_time_ms 5 --env {"A": "1"} }}[/TOOL_CALL]\n[TOOL_CALL]{tool => "get_goal", args => {}}[/TOOL_CALL]',
      }],
      calls: [
        'exec_command {"cmd":"a \\"b\\"\\nc }} --d","yield_time_ms":5,"env":{"A":"1"}}',
        "get_goal {}",
      ],
    },
    "closes itself": {
      told: [{ text: `<${D}tool_calls><${D}invoke name="get_goal"/></${D}tool_calls>` }],
      calls: ["get_goal {}"],
    },
    "has channels whose first head was lost": {
      told: [{ text: "Need.<|end|><|start|>assistant<|channel|>final<|message|> Four.<|return|>" }],
      texts: ["Need. Four."],
      calls: [],
    },
    "is a patch": {
      told: [{
        text:
          '<tool_call>{"name":"apply_patch","arguments":{"input":"*** Begin Patch"}}</tool_call>',
      }],
      calls: ["apply_patch *** Begin Patch"],
    },
    "is a patch that is no JSON": {
      told: [{
        text: "<|channel|>commentary to=functions.apply_patch<|message|>*** Begin Patch<|call|>",
      }],
      calls: ["apply_patch *** Begin Patch"],
    },
    "has channels around it": {
      told: [{
        text:
          `<|channel|>analysis<|message|>Need to list.<|end|><|start|>assistant${FORMS.harmony}`,
      }],
      calls: [LS],
    },
    "has channels whose tokens were taken away": {
      told: [{
        text:
          'analysisWe need to list.assistantcommentary to=functions.exec_command json{"cmd":"ls"}',
      }],
      calls: [LS],
    },
    "has its recipient in a role whose tokens were taken away": {
      told: [{ text: 'assistant to=functions.exec_commandcommentary json{"cmd":"ls"}' }],
      calls: [LS],
    },
    "begins with a channel whose tokens were taken away": {
      told: [{ text: 'commentary to=functions.exec_command{"cmd":"ls"}' }],
      calls: [LS],
    },
    "may be missing where the tokens of channels were taken away": {
      told: [{ text: "analysisHm. An assistant? Finally.assistantfinalFour, assistant." }],
      texts: ["Four, assistant."],
      calls: [],
    },
    "may be missing where a text begins like a channel": {
      told: [{ text: "analysisService.ts is the assistant of final.ts." }],
      texts: ["analysisService.ts is the assistant of final.ts."],
      calls: [],
    },
    "may be missing where a text is about a channel": {
      told: [{ text: "analysis to=functions is what it writes." }],
      texts: ["analysis to=functions is what it writes."],
      calls: [],
    },
    "has a preamble in a channel": {
      told: [{
        text:
          `<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>commentary<|message|>I look.<|end|><|start|>assistant${FORMS.harmony}`,
      }],
      texts: ["I look."],
      calls: [LS],
    },
    "is no call without its end where a name stands alone": {
      told: [{ text: "<tool_call>get_goal" }],
      texts: ["<tool_call>get_goal"],
      calls: [],
    },
    "is no call without its end where a value may go on": {
      told: [{ text: "<function=exec_command><parameter=cmd>ls" }],
      texts: ["<function=exec_command><parameter=cmd>ls"],
      calls: [],
    },
    "is no call without the end of its own tag": {
      told: [{ text: "<tool_call><function=exec_command><parameter=cmd>ls</parameter></functi" }],
      texts: ["<tool_call><function=exec_command><parameter=cmd>ls</parameter></functi"],
      calls: [],
    },
    "is no call where Python computes": {
      told: [{ text: "<|python_start|>[exec_command(cmd=read('x'))]<|python_end|>" }],
      texts: ["<|python_start|>[exec_command(cmd=read('x'))]<|python_end|>"],
      calls: [],
    },
    "may be missing between channels": {
      told: [{
        text:
          "<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>final<|message|>Four.<|return|>",
      }],
      texts: ["Four."],
      calls: [],
    },
    "may be missing where channels are spoken of": {
      told: [{ text: "Its marks are <|channel|>analysis<|message|> and <|end|>." }],
      texts: ["Its marks are <|channel|>analysis<|message|> and <|end|>."],
      calls: [],
    },
  };
  for (const [name, { told, texts = [], calls }] of Object.entries(cases)) {
    Deno.test(`written calls: ${wire}, ${name}`, () => {
      for (const size of [1, 4, 33, 10_000]) {
        const result = run(wire, STREAMS[wire](told, size));
        const answer = gist(result);
        assert.equal(answer.failure, undefined);
        assert.deepEqual([answer.texts, [...answer.calls].sort()], [texts, [...calls].sort()]);
        assert.equal(checkGrammar(result.events, { rewritten: true }), undefined);
      }
    });
  }

  Deno.test(`written calls: ${wire}, a channel of analysis is reasoning`, () => {
    const told = [{
      text:
        "<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>final<|message|>Four.",
    }];
    assert.equal(gist(run(wire, STREAMS[wire](told, 3))).reasoning.replace(/sidecar.*/, ""), "Hm.");
  });
}
