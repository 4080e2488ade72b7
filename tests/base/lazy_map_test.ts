import assert from "node:assert/strict";
import { LazyMap, LazySet } from "../../lib/base/lazy_map.ts";

Deno.test("lazy map: it is a map from its first entry on, in the order of its keys", () => {
  const map = new LazyMap<string, number>();
  assert.deepEqual([map.size, map.get("a"), map.has("a"), map.delete("a")], [
    0,
    undefined,
    false,
    false,
  ]);
  assert.deepEqual([[...map], [...map.values()]], [[], []]);
  map.set("b", 1);
  map.set("a", 2);
  map.set("b", 3);
  assert.deepEqual([map.size, map.get("b"), map.has("a")], [2, 3, true]);
  assert.deepEqual([[...map], [...map.values()]], [[["b", 3], ["a", 2]], [3, 2]]);
  assert.deepEqual([map.delete("b"), map.size, map.get("b")], [true, 1, undefined]);
  map.clear();
  assert.deepEqual([map.size, map.has("a"), [...map]], [0, false, []]);
});

Deno.test("lazy set: it is a set from its first value on, in the order of its values", () => {
  const set = new LazySet<string>();
  assert.deepEqual([set.size, set.has("a"), set.delete("a"), [...set]], [0, false, false, []]);
  for (const value of ["b", "a", "b"]) set.add(value);
  assert.deepEqual([set.size, set.has("a"), [...set]], [2, true, ["b", "a"]]);
  assert.deepEqual([set.delete("b"), [...set]], [true, ["a"]]);
  set.clear();
  assert.deepEqual([set.size, set.has("a"), [...set]], [0, false, []]);
});
