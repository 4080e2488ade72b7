/**
 * A model catalog for the client under test: one model that patches files with the freeform tool.
 *
 * @module
 */

/** The text of a file for `model_catalog_json`; the fields are those Codex 0.169.0 requires (docs/facts/codex.md §2.4). */
export function catalog(slug: string): string {
  return JSON.stringify({
    models: [{
      slug,
      display_name: "Simulated",
      supported_reasoning_levels: [],
      shell_type: "unified_exec",
      visibility: "list",
      supported_in_api: true,
      priority: 1,
      support_verbosity: false,
      truncation_policy: { mode: "bytes", limit: 10_000 },
      experimental_supported_tools: [],
      base_instructions: "Be brief.",
      apply_patch_tool_type: "freeform",
      context_window: 200_000,
      input_modalities: ["text", "image"],
    }],
  });
}
