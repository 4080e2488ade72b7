/**
 * The bill of materials of the binary: the npm packages of `deno.json`'s `imports`, what they depend on, and the runtime.
 *
 * Read from `deno.lock`, which holds every package with its checksum. What only tests use is not in `imports`, is not
 * compiled in, and so is not here. Licences are not in the lock file, and none are guessed.
 *
 * @see https://cyclonedx.org/docs/1.6/json/
 * @module
 */

/** The part of `deno.json` that is read. */
export interface DenoJson {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly imports: Readonly<Record<string, string>>;
}

/** The part of `deno.lock` (version 5) that is read. */
export interface DenoLock {
  readonly version: string;
  /** `npm:diff@9.0.0` to the version that was chosen, with its peers behind it. */
  readonly specifiers: Readonly<Record<string, string>>;
  readonly npm: Readonly<Record<string, LockedPackage>>;
}

interface LockedPackage {
  /** `sha512-` and Base64, of the package's archive. */
  readonly integrity: string;
  /** Names, with `@version` behind them where the lock has several. */
  readonly dependencies?: readonly string[];
  readonly optionalDependencies?: readonly string[];
}

/** What the release knows besides. */
export interface Release {
  /** `owner/name` on GitHub. */
  readonly repository: string;
  readonly commit: string;
  /** Of Deno, whose runtime is the larger part of the binary. */
  readonly deno: string;
  /** When the commit was made, ISO 8601: the same sources give the same bill. */
  readonly timestamp: string;
}

/**
 * Makes a bill in CycloneDX 1.6.
 *
 * @throws {Error} Where the lock file does not hold what `deno.json` names, or has another format.
 */
export function sbom(deno: DenoJson, lock: DenoLock, release: Release): Record<string, unknown> {
  if (lock.version !== "5") throw new Error(`deno.lock has format ${lock.version}, not 5`);
  const root = `pkg:github/${release.repository.toLowerCase()}@v${deno.version}`;
  const runtime = `pkg:github/denoland/deno@v${release.deno}`;
  const direct = Object.values(deno.imports).map((specifier) => lockedImport(lock, specifier));
  const all = reachable(lock, direct);
  return {
    $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: {
      timestamp: release.timestamp,
      component: {
        type: "application",
        "bom-ref": root,
        name: deno.name,
        version: deno.version,
        purl: root,
        licenses: [{ license: { id: deno.license } }],
        externalReferences: [{
          type: "vcs",
          url: `https://github.com/${release.repository}`,
          comment: release.commit,
        }],
      },
    },
    components: [
      {
        type: "platform",
        "bom-ref": runtime,
        name: "deno",
        version: release.deno,
        purl: runtime,
        licenses: [{ license: { id: "MIT" } }],
      },
      ...all.map((key) => component(key, lock.npm[key]?.integrity ?? "")),
    ],
    dependencies: [
      { ref: root, dependsOn: [runtime, ...unique(direct.map(purl))] },
      ...all.map((key) => ({ ref: purl(key), dependsOn: unique(children(lock, key).map(purl)) })),
    ],
  };
}

/**
 * The packages in the binary, as `name` and `version`.
 *
 * @throws {Error} as {@link sbom} does
 */
export function bundled(deno: DenoJson, lock: DenoLock): { name: string; version: string }[] {
  const direct = Object.values(deno.imports).map((specifier) => lockedImport(lock, specifier));
  return reachable(lock, direct).map((key) => {
    const { scope, name, version } = parseKey(key);
    return { name: scope ? `${scope}/${name}` : name, version };
  });
}

function component(key: string, integrity: string): Record<string, unknown> {
  const { scope, name, version } = parseKey(key);
  const path = scope ? `${scope}/${name}` : name;
  const [, digest] = /^sha512-(.+)$/.exec(integrity) ?? [];
  if (!digest) throw new Error(`deno.lock has no sha512 of ${key}`);
  const bytes = Uint8Array.from(atob(digest), (char) => char.charCodeAt(0));
  const content = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return {
    type: "library",
    "bom-ref": purl(key),
    ...(scope ? { group: scope } : {}),
    name,
    version,
    purl: purl(key),
    externalReferences: [{
      type: "distribution",
      url: `https://registry.npmjs.org/${path}/-/${name}-${version}.tgz`,
      hashes: [{ alg: "SHA-512", content }],
    }],
  };
}

/** The keys below `npm` that can be reached from `from`, sorted. */
function reachable(lock: DenoLock, from: readonly string[]): string[] {
  const seen = new Set<string>();
  const queue = [...from];
  for (let key = queue.pop(); key !== undefined; key = queue.pop()) {
    if (seen.has(key)) continue;
    seen.add(key);
    queue.push(...children(lock, key));
  }
  return [...seen].sort();
}

function lockedImport(lock: DenoLock, specifier: string): string {
  const [, name, path = ""] = /^(npm:(?:@[^/]+\/)?[^/]+)(\/.*)?$/.exec(specifier) ?? [];
  const version = name && lock.specifiers[name];
  if (!version) {
    throw new Error(`deno.lock does not hold ${specifier}${path && " as it is written"}`);
  }
  return lockedName(lock, `${name.slice("npm:".length).replace(/(?<=.)@.*$/, "")}@${version}`);
}

function children(lock: DenoLock, key: string): string[] {
  const { dependencies = [], optionalDependencies = [] } = lock.npm[key] ?? {};
  return [...dependencies, ...optionalDependencies].map((name) => lockedName(lock, name));
}

/** The key of a package that is named alone (`diff`), with its version, or behind an alias (`other@npm:diff@9`). */
function lockedName(lock: DenoLock, written: string): string {
  const name = written.replace(/^.+@npm:/, "");
  if (name in lock.npm) return name;
  const keys = Object.keys(lock.npm).filter((key) => key.startsWith(`${name}@`));
  if (keys.length !== 1) throw new Error(`deno.lock holds ${keys.length} packages for ${written}`);
  return keys[0] ?? "";
}

function parseKey(key: string): { scope: string; name: string; version: string } {
  const [, scope = "", name = "", version = ""] =
    /^(?:(@[^/]+)\/)?([^/@]+)@([^_]+)(?:_.*)?$/.exec(key) ?? [];
  if (!version) throw new Error(`deno.lock holds a package that cannot be read: ${key}`);
  return { scope, name, version };
}

function purl(key: string): string {
  const { scope, name, version } = parseKey(key);
  return `pkg:npm/${scope && `${encodeURIComponent(scope)}/`}${name}@${version}`;
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)].sort();
}
