// The dashboard in the browser. Whatever comes from outside is written as text, never as markup.
"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const { language, docs, words } = JSON.parse(byId("words").textContent);
  const { draw, duration, tokens } = sidecarCharts;
  /** The most upstreams that have charts. */
  const CHARTED = 6;
  /** Silence of the event stream after which it is opened again, in milliseconds. */
  const DEAD_MS = 25_000;

  const el = (tag, name, text) => {
    const node = document.createElement(tag);
    if (name) node.className = name;
    if (text !== undefined) node.textContent = text;
    return node;
  };
  /** Writes only what differs, so that a page of many turns is cheap. */
  const put = (node, text) => {
    if (node.textContent !== text) node.textContent = text;
  };
  const show = (id, whether) => {
    byId(id).hidden = !whether;
  };
  const percent = (share) =>
    share == null ? "-" : (share * 100).toFixed(share > 0 && share < 0.1 ? 1 : 0) + " %";
  // A formatter is dear to make and cheap to use
  const times = new Intl.DateTimeFormat(language, { timeStyle: "medium", hour12: false });
  const clock = (at) => times.format(at);
  const wholes = new Intl.NumberFormat(language);
  const count = (n) => wholes.format(n);
  const currencies = new Map();
  const paid = ({ currency, amount }) => {
    const fine = amount < 1;
    const code = /^[A-Z]{3}$/.test(currency) ? currency : "USD";
    const form = currencies.get(code + fine) ?? new Intl.NumberFormat(language, {
      style: "currency",
      currency: code,
      minimumFractionDigits: 2,
      maximumFractionDigits: fine ? 4 : 2,
    });
    currencies.set(code + fine, form);
    return form.format(amount);
  };
  const money = (cost) => cost.map(paid).join(" + ") || "-";
  /** A number with its word, which may have a form of its own for one; nothing for none. */
  const many = (n, word) => {
    const [one, more = one] = word.split("|");
    return n > 0 && `${count(n)} ${n === 1 ? one : more}`;
  };
  const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  const SPANS = {
    wait: "--wait",
    pause: "--grid",
    think: "--think",
    answer: "--good",
    silence: "--b",
  };
  const POINTS = { heartbeat: "--a", break: "--bad", replay: "--ink", retry: "--ink" };
  let colours = {};
  const readColours = () => {
    colours = Object.fromEntries(
      [...Object.values(SPANS), ...Object.values(POINTS)].map((name) => [name, css(name)]),
    );
  };

  /** The height of a bar, in pixels of the page. */
  const BAR = 12;
  /** The course of a turn: stretches as colours, moments as marks; its description says the same. */
  const drawBar = (bar, { spans, points }, until, columns) => {
    const scale = devicePixelRatio || 1;
    const width = Math.max(1, Math.round(columns * scale));
    const height = Math.round(BAR * scale);
    if (bar.width !== width) bar.width = width;
    if (bar.height !== height) bar.height = height;
    const paint = bar.getContext("2d");
    const x = (at) => at / Math.max(1, until) * width;
    paint.clearRect(0, 0, width, height);
    for (const [kind, from, to] of spans) {
      paint.fillStyle = colours[SPANS[kind]];
      paint.fillRect(x(from), 0, Math.max(scale, x(to) - x(from)), height);
    }
    for (const [kind, at] of points) {
      paint.fillStyle = colours[POINTS[kind]];
      const small = kind === "heartbeat";
      paint.fillRect(x(at), small ? height * 0.3 : 0, 2 * scale, small ? height * 0.4 : height);
    }
    const sums = {};
    for (const [kind, from, to] of spans) sums[kind] = (sums[kind] ?? 0) + to - from;
    const counts = {};
    for (const [kind] of points) counts[kind] = (counts[kind] ?? 0) + 1;
    const label = [
      ...Object.entries(sums).map(([kind, ms]) => `${words[kind]} ${duration(ms)}`),
      ...Object.entries(counts).map(([kind, n]) => `${words[kind]} × ${n}`),
    ].join(", ");
    if (bar.title !== label) {
      bar.title = label;
      bar.setAttribute("aria-label", label);
    }
  };
  const newBar = () => {
    const bar = el("canvas", "bar");
    bar.setAttribute("role", "img");
    return bar;
  };

  const rows = new Map();
  let running = [];
  const showKeys = (keys) => {
    const lines = keys.map(({ says }) => says[language] ?? says.en);
    const list = byId("keys");
    if (lines.join("\n") === [...list.children].map((one) => one.textContent).join("\n")) return;
    list.replaceChildren(...lines.map((line) => el("li", "", line)));
    if (lines.length > 0) show("upstreams-section", true);
  };
  const showLive = ({ live, more, keys }) => {
    showKeys(keys);
    running = live;
    const list = byId("live");
    const columns = list.clientWidth; // read before anything is written: a layout for each bar would be dear
    const there = new Set(live.map(({ id }) => id));
    for (const [id, row] of rows) {
      if (there.has(id)) continue;
      row.node.remove();
      rows.delete(id);
    }
    live.forEach((turn, at) => {
      let row = rows.get(turn.id);
      if (!row) {
        row = {
          node: el("li"),
          says: el("div", "says"),
          facts: el("div", "facts"),
          bar: newBar(),
        };
        row.node.append(row.says, row.facts, row.bar);
        rows.set(turn.id, row);
      }
      if (list.children[at] !== row.node) list.insertBefore(row.node, list.children[at] ?? null);
      put(row.says, turn.says[language] ?? turn.says.en);
      put(
        row.facts,
        [
          turn.model,
          turn.upstream,
          turn.client,
          turn.helper,
          `${words.began} ${clock(turn.started)} (${duration(turn.age)})`,
          many(turn.heartbeats, words.heartbeats),
        ].filter((fact) => fact && fact !== "none").join(" · "),
      );
      drawBar(row.bar, turn.timeline, turn.age, columns);
    });
    show("none", live.length === 0);
    show("more", more > 0);
    put(byId("more"), `${more} ${words.more}`);
    const tile = byId("tile-running");
    if (tile) put(tile, String(live.length + more));
  };

  const showTiles = ({ upstreams, live, more }) => {
    const sum = (of) => upstreams.reduce((total, one) => total + of(one), 0);
    const requests = sum(({ requests }) => requests);
    const failed = sum(({ failed }) => failed);
    const [input, cached, output] = ["input", "cached", "output"].map((kind) =>
      sum((one) => one.tokens[kind])
    );
    const costs = new Map();
    for (const { currency, amount } of upstreams.flatMap(({ cost }) => cost)) {
      costs.set(currency, (costs.get(currency) ?? 0) + amount);
    }
    const tiles = [
      [String(live.length + more), words.running, "tile-running"],
      [count(requests), words.turns.split("|").at(-1)],
      [requests > 0 ? percent(1 - failed / requests) : "-", words.completeTurns],
      [tokens(input + output), words.tokensUsed],
      [input > 0 ? percent(cached / input) : "-", words.cachedShare],
      [money([...costs].map(([currency, amount]) => ({ currency, amount }))), words.cost],
    ];
    byId("tiles").replaceChildren(...tiles.map(([value, label, id]) => {
      const tile = el("div", "tile");
      const number = el("b", "", value);
      if (id) number.id = id;
      tile.append(number, el("span", "", label));
      return tile;
    }));
  };

  const HEALTH = { good: "good", unsteady: "warn", failing: "bad", idle: "" };
  const cards = new Map();
  const newCard = () => {
    const node = el("article", "upstream");
    const head = el("header");
    const card = {
      node,
      name: el("h3"),
      state: el("span", "state"),
      facts: el("div", "facts"),
      todo: el("div", "todo"),
      charts: el("div", "charts"),
      plots: [],
    };
    head.append(card.name, card.state);
    node.append(head, card.facts, card.todo, card.charts);
    return card;
  };
  const hours = new Intl.DateTimeFormat(language, {
    hour: "2-digit",
    minute: "2-digit",
    hour12: false,
  });
  const days = new Intl.DateTimeFormat(language, {
    month: "numeric",
    day: "numeric",
    hour: "2-digit",
    hour12: false,
  });
  const chartsOf = ({ series }) => {
    const x = series.at.map((at) => at / 1000);
    const long = x.length > 1 && x.at(-1) - x[0] > 86_400;
    const form = long ? days : hours;
    const xs = (s) => s == null ? "-" : form.format(s * 1000);
    const chart = (title, half, most) => ({
      title,
      x,
      xName: words.time,
      xs,
      time: true,
      ys: duration,
      height: 180,
      lines: [[words.median, half, "--a"], [words.ninth, most, "--b"]],
    });
    return [
      chart(words.firstTokenChart, series.firstContent50, series.firstContent90),
      chart(words.gapChart, series.gap50, series.gap90),
    ];
  };
  const showTrouble = (todo, trouble) => {
    todo.hidden = !trouble;
    if (!trouble) return;
    const text = el("p");
    text.append(el("strong", "", `${words.todo}: `), trouble.todo[language] ?? trouble.todo.en);
    const parts = [el("p", "", `${clock(trouble.at)} ${trouble.message}`), text];
    // Only addresses of the program's own documentation become links
    if (trouble.link && docs && trouble.link.startsWith(docs)) {
      const link = el("a", "", words.help);
      link.href = trouble.link;
      link.rel = "noreferrer";
      link.target = "_blank";
      parts.push(link);
    }
    todo.replaceChildren(...parts);
  };
  const showUpstreams = ({ upstreams }) => {
    show("upstreams-section", upstreams.length > 0);
    const sorted = [...upstreams].sort((a, b) => b.requests - a.requests);
    for (const [name, card] of cards) {
      if (upstreams.some((one) => one.name === name)) continue;
      card.node.remove();
      cards.delete(name);
    }
    sorted.forEach((upstream, at) => {
      let card = cards.get(upstream.name);
      if (!card) {
        card = newCard();
        cards.set(upstream.name, card);
        byId("upstreams").append(card.node);
      }
      const { requests, failed, cacheRate, tokens: used, cost, unpriced } = upstream;
      put(card.name, upstream.name);
      put(card.state, words[upstream.health]);
      card.state.className = `state ${HEALTH[upstream.health]}`;
      put(
        card.facts,
        [
          many(requests, words.turns),
          `${percent(failed / Math.max(1, requests))} ${words.errors}`,
          `${percent(cacheRate)} ${words.cachedShare}`,
          `${words.input} ${tokens(used.input)}, ${words.output} ${tokens(used.output)} tokens`,
          cost.length > 0 && money(cost),
          unpriced > 0 && `${unpriced} ${words.unpriced}`,
        ].filter(Boolean).join(" · "),
      );
      showTrouble(card.todo, upstream.trouble);
      if (at >= CHARTED && card.plots.length === 0) return;
      const specs = chartsOf(upstream);
      if (card.plots.length === 0) {
        card.plots = specs.map((spec) => {
          const place = el("figure");
          place.setAttribute("aria-label", `${upstream.name}: ${spec.title}`);
          card.charts.append(place);
          return draw(place, spec);
        });
      } else specs.forEach((spec, one) => card.plots[one].set(spec));
    });
  };

  const GOOD = new Set(["completed", "passed"]);
  let onlyTrouble = false;
  let turns = [];
  const lines = new Map();
  const hadTrouble = ({ outcome, attempts, replays }) =>
    outcome === "failed" || outcome === "refused" || attempts > 1 || replays > 0;
  const newLine = (turn) => {
    const node = el("li");
    const lost = turn.outcome === "failed" || turn.outcome === "refused";
    const tone = GOOD.has(turn.outcome) ? "good" : lost ? "bad" : "";
    const outcome = el("span");
    outcome.append(el("span", `state ${tone}`, words[turn.outcome]));
    const name = el("span", "name", turn.model === "none" ? "" : turn.model);
    const more = [
      turn.upstream,
      turn.client,
      turn.helper,
      turn.attempts > 1 && many(turn.attempts, words.attempts),
      many(turn.replays, words.replays),
      many(turn.heartbeats, words.heartbeats),
    ].filter((fact) => fact && fact !== "none").join(" · ");
    name.append(" ", el("span", "soft", more));
    const used = turn.tokens;
    const first = turn.firstContent === null ? "" : duration(turn.firstContent);
    const number = (text, label) => {
      const cell = el("span", "number");
      if (text) cell.append(el("span", "label", `${label} `), text);
      return cell;
    };
    const paid = turn.cost ? ` · ${money([turn.cost])}` : "";
    node.append(
      el("span", "soft", clock(turn.at)),
      outcome,
      name,
      number(first, words.firstToken),
      number(duration(turn.duration), words.duration),
      number(
        used ? `${tokens(used.input)} / ${tokens(used.output)}${paid}` : "",
        words.tokens,
      ),
    );
    if (used) node.lastChild.title = `${words.cached} ${tokens(used.cached)}`;
    if (turn.message) node.append(el("p", "message", turn.message));
    if (hadTrouble(turn) && turn.timeline.spans.length > 0) {
      const bar = newBar();
      node.append(bar);
      return { node, paint: (columns) => drawBar(bar, turn.timeline, turn.duration, columns) };
    }
    return { node, paint() {} };
  };
  const showTurns = () => {
    const shown = onlyTrouble ? turns.filter(hadTrouble) : turns;
    const list = byId("turns");
    const there = new Set(shown.map(({ id }) => id));
    for (const [id, line] of lines) {
      if (there.has(id)) continue;
      line.node.remove();
      lines.delete(id);
    }
    const fresh = [];
    shown.forEach((turn, at) => {
      let line = lines.get(turn.id);
      if (!line) {
        line = newLine(turn);
        lines.set(turn.id, line);
        fresh.push(line);
      }
      if (list.children[at] !== line.node) list.insertBefore(line.node, list.children[at] ?? null);
    });
    if (fresh.length > 0) {
      const columns = list.clientWidth;
      for (const line of fresh) line.paint(columns);
    }
    show("last", turns.length > 0);
    show("no-trouble", onlyTrouble && shown.length === 0);
  };

  const showState = (state) => {
    put(byId("version"), state.version);
    turns = state.turns;
    show("empty", turns.length === 0 && state.live.length === 0 && state.upstreams.length === 0);
    showTiles(state);
    showLive(state);
    showUpstreams(state);
    showTurns();
    const days = state.kept === null
      ? words.memory
      : `${words.kept} ${
        (state.kept / 86_400_000).toLocaleString(language, {
          style: "unit",
          unit: "day",
          unitDisplay: "long",
        })
      }`;
    put(byId("kept"), `${words.since} ${new Date(state.since).toLocaleString(language)}, ${days}`);
  };

  const connection = byId("connection");
  const isUp = (up) => {
    connection.className = `connection ${up ? "up" : "down"}`;
    put(connection, up ? words.connected : words.lost);
  };
  let events;
  let watch;
  const open = () => {
    events?.close();
    events = new EventSource("/dashboard/events");
    const heard = () => {
      isUp(true);
      clearTimeout(watch);
      watch = setTimeout(open, DEAD_MS);
    };
    const on = (name, act) =>
      events.addEventListener(name, ({ data }) => {
        heard();
        act(JSON.parse(data));
      });
    on("state", showState);
    on("live", (live) => {
      if (live.live.length > 0) show("empty", false);
      showLive(live);
    });
    on("heartbeat", () => {});
    events.onerror = async () => {
      isUp(false);
      clearTimeout(watch);
      watch = setTimeout(open, 2_000);
      // The session may be over: the page then asks for the token again
      const answer = await fetch("/dashboard/live").catch(() => null);
      if (answer?.status === 401) location.reload();
    };
  };

  const repaint = () => {
    readColours();
    const [live, ended] = ["live", "turns"].map((id) => byId(id).clientWidth);
    for (const turn of running) {
      const row = rows.get(turn.id);
      if (row) drawBar(row.bar, turn.timeline, turn.age, live);
    }
    for (const line of lines.values()) line.paint(ended);
  };
  addEventListener("resize", repaint);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint);
  const filter = (only) => {
    onlyTrouble = only;
    byId("show-all").setAttribute("aria-pressed", String(!only));
    byId("show-trouble").setAttribute("aria-pressed", String(only));
    showTurns();
  };
  byId("show-all").addEventListener("click", () => filter(false));
  byId("show-trouble").addEventListener("click", () => filter(true));
  const key = ([kind, colour]) => {
    const item = el("li", "", words[kind]);
    const mark = el("i", kind in POINTS ? "moment" : "");
    mark.style.background = `var(${colour})`;
    item.prepend(mark);
    return item;
  };
  byId("key").replaceChildren(...Object.entries({ ...SPANS, ...POINTS }).map(key));
  put(byId("base"), `${location.origin}/v1`);
  readColours();
  open();
})();
