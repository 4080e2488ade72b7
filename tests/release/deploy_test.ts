/** The files of `.github/deploy`: they name ports, paths, settings, variables and metrics that exist, and each other. */

import assert from "node:assert/strict";
import { parse, parseAllDocuments } from "yaml";
import { settings } from "../../lib/config/schema.ts";
import { metrics } from "../../lib/observe/metrics.ts";
import { parseDuration } from "../../lib/base/units.ts";
import { which } from "./install_world.ts";

const deploy = new URL("../../.github/deploy/", import.meta.url);
const read = (path: string) => Deno.readTextFileSync(new URL(path, deploy));
const [deployment, service, budget, autoscaler, policy, kustomization] = [
  "deployment",
  "service",
  "disruption-budget",
  "autoscaler",
  "network-policy",
  "kustomization",
].map((name) => parse(read(`kubernetes/${name}.yaml`)));
const pod = deployment.spec.template.spec;
const [container] = pod.containers;
const compose = parse(read("compose/compose.yaml"));
const NAME = { "app.kubernetes.io/name": "codex-sidecar" };

/** All codes of failures, from the closed list. */
const CODES = new Set(
  [
    ...Deno.readTextFileSync(new URL("../../lib/base/errors.ts", import.meta.url))
      .matchAll(/^ {2}\| "(\w+)"/gm),
  ].map(([, code]) => code),
);

/** The variables that are settings, as the program reads them. */
const VARIABLES = new Set(
  Object.keys(settings).map((key) => `SIDECAR_${key.replaceAll(".", "_").toUpperCase()}`),
);

/** The names of all metrics, with what Prometheus adds to those of a histogram. */
async function metricNames(): Promise<Set<string>> {
  const state = {
    title: "",
    reachable: true,
    since: 0,
    calls: { answered: 0, failed: 0, skipped: 0 },
  };
  const text = await metrics({ version: "1" }).expose(0, [], state);
  const found = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)];
  return new Set(
    found.flatMap(([, name = "", type]) =>
      type === "histogram" ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name]
    ),
  );
}

Deno.test("deploy: rootless, read-only, without a token of the cluster's, and asked by the sidecar's own paths", () => {
  assert.equal(pod.automountServiceAccountToken, false);
  assert.equal(pod.enableServiceLinks, false);
  assert.equal(pod.securityContext.runAsNonRoot, true);
  const { readOnlyRootFilesystem, allowPrivilegeEscalation, capabilities } =
    container.securityContext;
  assert.deepEqual([readOnlyRootFilesystem, allowPrivilegeEscalation, capabilities.drop], [
    true,
    false,
    ["ALL"],
  ]);
  assert.equal(container.readinessProbe.httpGet.path, "/readyz");
  assert.equal(container.livenessProbe.httpGet.path, "/healthz");
  assert.equal(container.ports[0].containerPort, settings["listen.port"].fallback);
});

Deno.test("deploy: every variable of the sidecar's is a setting, and no secret stands in a file", () => {
  const { environment } = compose.services.sidecar;
  const names = [
    ...container.env.map(({ name }: { name: string }) => name),
    ...Object.keys(environment),
  ];
  const own = names.filter((name) => name.startsWith("SIDECAR_"));
  assert.ok(own.length > 8);
  for (const name of own) assert.ok(VARIABLES.has(name), name);
  for (const { name, value } of container.env) {
    if (/TOKEN|KEY/.test(name)) assert.equal(value, undefined, name);
  }
  for (const [name, value] of Object.entries(environment)) {
    if (/TOKEN|KEY/.test(name)) assert.match(String(value), /^\$\{/, name);
  }
});

Deno.test("deploy: who stops it waits longer than the drain takes", () => {
  const of = (name: string) =>
    parseDuration(container.env.find((one: { name: string }) => one.name === name).value);
  const [limit, notice] = [of("SIDECAR_DRAIN_LIMIT"), of("SIDECAR_DRAIN_NOTICE")];
  assert.ok(limit && notice && notice < limit);
  assert.ok(pod.terminationGracePeriodSeconds * 1_000 > limit + 10_000);
  const grace = parseDuration(compose.services.sidecar.stop_grace_period);
  assert.ok(grace && grace > limit + 10_000);
});

Deno.test("deploy: the objects select the same pods, and the autoscaler counts running answers", async () => {
  assert.deepEqual(deployment.spec.selector.matchLabels, NAME);
  assert.deepEqual(deployment.spec.template.metadata.labels, NAME);
  assert.deepEqual(service.spec.selector, NAME);
  for (const { selector, podSelector } of [budget.spec, policy.spec]) {
    assert.deepEqual((selector ?? podSelector).matchLabels, NAME);
  }
  assert.equal(service.spec.ports[0].targetPort, container.ports[0].name);
  assert.equal(autoscaler.spec.scaleTargetRef.name, deployment.metadata.name);
  const [{ pods }] = autoscaler.spec.metrics;
  assert.ok((await metricNames()).has(pods.metric.name));
  const files = [...Deno.readDirSync(new URL("kubernetes", deploy))].map(({ name }) => name);
  assert.deepEqual(
    [...kustomization.resources, "config.yaml", "kustomization.yaml", "state"].sort(),
    files.sort(),
  );
});

Deno.test("deploy: with the component and the profile, the replicas reach a Valkey that keeps nothing and that nobody else reaches", () => {
  const component = parse(read("kubernetes/state/kustomization.yaml"));
  const [valkey, name, fence] = parseAllDocuments(read("kubernetes/state/valkey.yaml"))
    .map((document) => document.toJS());
  const [[env], [rule]] = component.patches.map(({ patch }: { patch: string }) => parse(patch));
  const targets = component.patches.map(({ target }: { target: object }) => target);
  assert.deepEqual(
    targets,
    [deployment, policy].map(({ kind, metadata: { name } }) => ({ kind, name })),
  );
  assert.deepEqual(env.value, {
    name: "SIDECAR_STATE",
    value: `redis://${name.metadata.name}:${name.spec.ports[0].port}`,
  });
  const labels = valkey.spec.template.metadata.labels;
  assert.deepEqual(rule.value.to[0].podSelector.matchLabels, labels);
  for (const found of [name.spec.selector, fence.spec.podSelector.matchLabels]) {
    assert.deepEqual(found, labels);
  }
  assert.deepEqual(fence.spec.ingress[0].from, [{ podSelector: { matchLabels: NAME } }]);
  const { command, image } = valkey.spec.template.spec.containers[0];
  const own = compose.services.valkey;
  assert.equal(image, own.image);
  for (const words of [command, own.command]) {
    const text = words.join(" ");
    assert.match(text, /--save {2}--appendonly no .*--maxmemory-policy noeviction/);
  }
  assert.match(compose.services.sidecar.environment.SIDECAR_STATE, /:-memory\}$/);
  assert.deepEqual(own.profiles, ["state"]);
});

/** Everything that the panels of a dashboard ask. */
function shown({ panels }: { panels: { targets?: { expr: string }[] }[] }): string[] {
  return panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
}

Deno.test("deploy: every metric has its place on the dashboard, and every panel its own", async () => {
  const dashboard = JSON.parse(read("monitoring/dashboard.json"));
  const asked = shown(dashboard).join("\n").match(/\bsidecar_\w+/g) ?? [];
  const bare = (name: string) => name.replace(/_(?:bucket|sum|count)$/, "");
  const missing = [...await metricNames()].map(bare).filter((name) =>
    !asked.map(bare).includes(name)
  );
  assert.deepEqual(missing, []);
  const taken = new Set<string>();
  const ids = new Set<number>();
  for (const { id, title, gridPos: { x, y, w, h } } of dashboard.panels) {
    assert.ok(!ids.has(id), title);
    ids.add(id);
    for (let at = 0; at < w * h; at++) {
      const cell = `${x + at % w},${y + Math.floor(at / w)}`;
      assert.ok(!taken.has(cell) && x + w <= 24, `${title} lies over another panel`);
      taken.add(cell);
    }
  }
});

Deno.test("deploy: the figures that sizes are planned with are those of the benchmarks", () => {
  const page = (name: string) =>
    Deno.readTextFileSync(new URL(`../../docs/${name}.md`, import.meta.url));
  const [, table = ""] =
    /\| one process \| measured .*\n.*\n((?:\|.*\n)+)/.exec(page("deployment")) ?? [];
  const measured = table.trim().split("\n").map((row) => row.split("|")[2]?.trim() ?? "");
  const figures = measured.filter((cell) => cell !== "");
  assert.ok(figures.length >= 4);
  for (const figure of figures) assert.ok(page("benchmarks").includes(figure), figure);
});

Deno.test("deploy: a container without capabilities does not begin as root", () => {
  for (
    const [name, { cap_drop, user, image }] of Object.entries<Record<string, string>>(
      compose.services,
    )
  ) {
    assert.deepEqual(cap_drop, ["ALL"], name);
    // The images of the sidecar and of haproxy have their own user; Valkey's changes to it
    assert.ok(!/valkey/.test(image ?? "") || /^[1-9]\d*:[1-9]\d*$/.test(user ?? ""), name);
  }
});

Deno.test("deploy: alerts and dashboard ask for metrics and reasons that exist", async () => {
  const known = await metricNames();
  const { groups } = parse(read("monitoring/alerts.yaml"));
  const dashboard = JSON.parse(read("monitoring/dashboard.json"));
  const exprs: string[] = [
    ...groups[0].rules.map(({ expr }: { expr: string }) => expr),
    ...shown(dashboard),
    dashboard.templating.list[1].query,
    parse(read("monitoring/prometheus-adapter.yaml")).rules[0].seriesQuery,
  ];
  assert.ok(exprs.length > 18);
  const names = exprs.flatMap((expr) => expr.match(/\bsidecar_\w+/g) ?? []);
  for (const name of names) assert.ok(known.has(name), name);
  const codes = exprs.flatMap((expr) =>
    [...expr.matchAll(/code=~"([^"]+)"/g)].flatMap(([, list = ""]) => list.split("|"))
  );
  for (const code of codes) assert.ok(CODES.has(code), code);
  for (const { annotations, for: wait } of groups[0].rules) {
    assert.ok(annotations.summary && annotations.description && wait);
  }
});

for (
  const [tool, ...args] of [
    ["promtool", "check", "rules", "monitoring/alerts.yaml"],
    ["promtool", "test", "rules", "../../tests/release/alerts_cases.yaml"],
    ["haproxy", "-c", "-f", "compose/haproxy.cfg"],
  ] as const
) {
  const here = which(tool) !== undefined;
  Deno.test({
    name: `deploy: ${tool} accepts ${args.at(-1)}${here ? "" : " (ignored: it is not here)"}`,
    ignore: !here,
    async fn() {
      const { success, stderr } = await new Deno.Command(tool, { args, cwd: deploy }).output();
      assert.ok(success, new TextDecoder().decode(stderr));
    },
  });
}
