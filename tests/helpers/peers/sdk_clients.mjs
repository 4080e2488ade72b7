/**
 * The SDKs as clients: reads cases as JSON lines, asks each of them, writes what the SDK made of the answer.
 *
 * In: `{ id, client, baseURL }`. Out: `{ id, text }` for what the SDK calls the final text, or `{ id, error }`; always with
 * `shown`, what its deltas added up to. Runs where the packages are; no SDK tries anything a second time.
 */
import process from "node:process";
import { createInterface } from "node:readline";

/** By a name that no checker follows: this repository does not depend on them. */
const load = (name) => import(name);
const { createOpenAI } = await load("@ai-sdk/openai");
const { ChatOpenAI } = await load("@langchain/openai");
const { Agent, OpenAIProvider, Runner } = await load("@openai/agents");
const { generateText, streamText } = await load("ai");
const { default: OpenAI } = await load("openai");

const apiKey = "sk-test-0123456789";
const model = "sim-1";
const input = "What is the answer?";

const clients = {
  openai: async ({ baseURL }) => {
    const { output_text: text, error } = await sdk(baseURL).responses.create({ model, input });
    if (error) throw new Error(error.message);
    return text;
  },
  "openai events": async ({ baseURL, show }) => {
    const stream = await sdk(baseURL).responses.create({ model, input, stream: true });
    let end;
    for await (const event of stream) {
      if (event.type === "response.output_text.delta") show(event.delta);
      if (event.response) end = event.response;
    }
    if (end.status !== "completed") throw new Error(end.error?.message ?? end.status);
    const messages = end.output.filter(({ type }) => type === "message");
    return messages.flatMap(({ content }) => content.map(({ text }) => text)).join("");
  },
  "openai stream": async ({ baseURL, show }) => {
    const stream = sdk(baseURL).responses.stream({ model, input });
    stream.on("response.output_text.delta", ({ delta }) => show(delta));
    const { output_text: text, status, error } = await stream.finalResponse();
    if (status !== "completed") throw new Error(error?.message ?? status);
    return text;
  },
  ai: async ({ baseURL }) => {
    const { text } = await generateText({ model: ai(baseURL), prompt: input, maxRetries: 0 });
    return text;
  },
  "ai stream": async ({ baseURL, show }) => {
    let failed;
    const onError = ({ error }) => failed = error;
    const asked = { model: ai(baseURL), prompt: input, maxRetries: 0, onError };
    const result = streamText(asked);
    let text = "";
    for await (const delta of result.textStream) {
      show(delta);
      text += delta;
    }
    if (failed) throw failed;
    return text;
  },
  langchain: async ({ baseURL }) => (await langchain(baseURL).invoke(input)).text,
  "langchain stream": async ({ baseURL, show }) => {
    let whole;
    for await (const chunk of await langchain(baseURL).stream(input)) {
      show(chunk.text);
      whole = whole ? whole.concat(chunk) : chunk;
    }
    return whole.text;
  },
  agents: async ({ baseURL }) => (await runner(baseURL).run(agent, input)).finalOutput,
  "agents stream": async ({ baseURL, show }) => {
    const result = await runner(baseURL).run(agent, input, { stream: true });
    for await (const delta of result.toTextStream({ compatibleWithNodeStreams: false })) {
      show(delta);
    }
    await result.completed;
    return result.finalOutput;
  },
};

const sdk = (baseURL) => new OpenAI({ apiKey, baseURL, maxRetries: 0 });
const ai = (baseURL) => createOpenAI({ apiKey, baseURL }).responses(model);
const langchain = (baseURL) =>
  new ChatOpenAI({
    model,
    apiKey,
    useResponsesApi: true,
    maxRetries: 0,
    configuration: { baseURL },
  });
const agent = new Agent({ name: "asker", model });
const runner = (baseURL) =>
  new Runner({
    modelProvider: new OpenAIProvider({ openAIClient: sdk(baseURL), useResponses: true }),
    tracingDisabled: true,
  });

async function ask({ id, client, baseURL }) {
  let shown = "";
  const show = (delta) => shown += delta;
  try {
    const text = await clients[client]({ baseURL, show });
    return { id, text, shown };
  } catch (error) {
    return { id, error: String(error?.message ?? error), shown };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  ask(JSON.parse(line)).then((result) => process.stdout.write(`${JSON.stringify(result)}\n`));
}
