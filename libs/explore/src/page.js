'use strict';
(() => {
  const data = JSON.parse(document.getElementById('data').textContent);
  const ROW = 30, LEFT = 44, MIN = 210, DOT = 12;
  const colour = n => `var(--t${n % 8})`;
  const $ = (tag, attributes = {}, ...children) => {
    const node = document.createElement(tag);
    for (const [key, value] of Object.entries(attributes)) {
      if (key.startsWith('on')) node.addEventListener(key.slice(2), value);
      else if (value !== false && value != null) node.setAttribute(key, value);
    }
    node.append(...children.filter(child => child != null));
    return node;
  };
  const svg = (tag, attributes) => {
    const node = document.createElementNS('http://www.w3.org/2000/svg', tag);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    return node;
  };
  const noise = new Set(['begins', 'ends', 'allocates', 'frees', 'clock', 'yield']);
  const shown = { from: true, wake: true, thread: true, all: false };
  const short = { relaxed: 'rlx', acquire: 'acq', release: 'rel', seq_cst: 'sc' };
  let rows = [];

  /* Where it went wrong: the last step, or where those stand that never went on. */
  const failing = new Set();
  const last = {};
  data.steps.forEach((step, i) => { last[step.t] = i; });
  Object.values(last).filter(i => data.steps[i].kind === 'wait').forEach(i => failing.add(i));
  if (failing.size === 0) {
    let i = data.steps.length - 1;
    while (i > 0 && noise.has(data.steps[i].kind)) i--;
    failing.add(i);
  }
  let chosen = Math.max(...failing);

  /* What a step follows from: [earlier step, later step, kind]. */
  const edges = [];
  const began = {}, started = {}, ended = {}, wakes = {};
  data.steps.forEach((step, i) => {
    if (step.kind === 'begins') began[step.t] = i;
    if (step.source >= 0) edges.push([step.source, i, step.old ? 'old' : 'from']);
    if (step.kind === 'begins' && started[step.t] != null) {
      edges.push([started[step.t], i, 'thread']);
    }
    if (step.kind === 'spawn') started[step.other] = i;
    if (step.kind === 'ends') ended[step.t] = i;
    if (step.kind === 'join' && ended[step.other] != null) {
      edges.push([ended[step.other], i, 'thread']);
    }
    if (step.kind === 'wake') wakes[step.o] = i;
    if (step.kind === 'woken' && wakes[step.o] != null) edges.push([wakes[step.o], i, 'wake']);
  });

  const lanes = data.threads.map(thread => thread.id);
  const visible = step => shown.all || !noise.has(step.kind);
  const edgeColour = {
    from: 'var(--from)', old: 'var(--old)', wake: 'var(--wake)', thread: 'var(--join)',
  };
  const isRead = edge => edge[2] === 'from' || edge[2] === 'old';

  function link(step) {
    return $('a', { onclick: () => choose(step, true) }, `step ${step + 1}`);
  }

  function detail() {
    const step = data.steps[chosen], place = data.places[step.p];
    const thread = data.threads.find(one => one.id === step.t);
    const list = $('dl');
    const add = (name, ...value) => list.append($('dt', {}, name), $('dd', {}, ...value));
    add('thread', thread ? thread.name : String(step.t));
    if (step.order) add('order', step.order);
    if (step.o) add('object', data.objects[step.o] || '');
    if (step.source >= 0) add(step.old ? 'older value of' : 'written by', link(step.source));
    edges.filter(edge => edge[1] === chosen && !isRead(edge))
      .forEach(edge => add(edge[2] === 'wake' ? 'woken by' : 'follows', link(edge[0])));
    const readers = edges.filter(edge => edge[0] === chosen && isRead(edge));
    if (readers.length) {
      add('read by', ...readers.flatMap((edge, i) => i ? [', ', link(edge[1])] : [link(edge[1])]));
    }
    if (step.cut) add('preempted', 'the thread before could have gone on');
    if (place) add('place', $('span', { class: 'mono' }, `${place.file}:${place.line}`),
      place.function ? ` in ${place.function}` : '');
    const panel = document.querySelector('aside');
    const source = place && place.source ? $('pre', { class: 'source' },
      ...place.source.lines.map((line, i) => {
        const number = place.source.first + i;
        return $('span', { class: number === place.line ? 'here' : false },
          $('em', {}, String(number)), line || ' ');
      })) : null;
    panel.replaceChildren($('h2', {}, `Step ${chosen + 1} of ${data.steps.length}`),
      $('div', { class: 'what', style: `color:${colour(step.t)}` }, step.x), list,
      ...(source ? [source] : []),
      $('div', { class: 'hint' }, $('kbd', {}, 'j'), ' and ', $('kbd', {}, 'k'),
        ' go through the steps, ', $('kbd', {}, 'l'), ' through those of the same thread.'));
  }

  function choose(step, scrolls) {
    chosen = step;
    if (!visible(data.steps[step])) {
      shown.all = true;
      document.getElementById('all').checked = true;
      draw();
    } else {
      redraw();
    }
    document.querySelectorAll('.step').forEach(node => {
      node.classList.toggle('chosen', Number(node.dataset.step) === chosen);
    });
    const related = new Set(edges.filter(edge => edge[0] === chosen || edge[1] === chosen));
    document.querySelectorAll('path.edge').forEach(path => {
      const touches = Number(path.dataset.a) === chosen || Number(path.dataset.b) === chosen;
      path.style.opacity = touches ? 1 : related.size ? 0.3 : 0.6;
      path.style.strokeWidth = touches ? 2.4 : 1.5;
    });
    const node = document.querySelector('.step.chosen');
    if (scrolls && node) node.scrollIntoView({ block: 'nearest' });
    detail();
  }

  function curve(a, b, xa, xb, ya, yb) {
    if (a === b) {   // within a lane: an arc on its left
      const out = Math.min(26, 8 + Math.abs(yb - ya) / 14);
      return `M${xa - 5},${ya} C${xa - out},${ya} ${xb - out},${yb} ${xb - 6},${yb}`;
    }
    const side = xb > xa ? 1 : -1, bend = Math.min(90, Math.abs(xb - xa) * 0.4);
    return `M${xa + 6 * side},${ya} C${xa + bend * side},${ya} ` +
      `${xb - bend * side},${yb} ${xb - 8 * side},${yb}`;
  }

  function markers(picture) {
    const defs = svg('defs', {});
    for (const [kind, stroke] of Object.entries(edgeColour)) {
      const marker = svg('marker', { id: `tip-${kind}`, viewBox: '0 0 8 8', refX: 6.5, refY: 4,
        markerWidth: 6, markerHeight: 6, orient: 'auto', markerUnits: 'userSpaceOnUse' });
      const tip = svg('path', { d: 'M0,0.6 L7,4 L0,7.4 z' });
      tip.style.fill = stroke;
      marker.setAttribute('markerWidth', 9);
      marker.setAttribute('markerHeight', 9);
      marker.append(tip);
      defs.append(marker);
    }
    picture.append(defs);
  }

  function drawEdges(picture, at, x) {
    for (const [from, to, kind] of edges) {
      const a = data.steps[from], b = data.steps[to];
      if (at[from] == null || at[to] == null) continue;
      if (kind === 'wake' ? !shown.wake : kind === 'thread' ? !shown.thread : !shown.from) continue;
      // what a thread reads of itself, or of before it began, says little
      const is_plain = a.t === b.t || from < (began[b.t] || 0);
      if (kind === 'from' && is_plain && chosen !== to && chosen !== from) continue;
      const path = svg('path', {
        d: curve(a.t, b.t, x(a.t), x(b.t), at[from], at[to]), class: 'edge',
        fill: 'none', 'marker-end': `url(#tip-${kind})`, 'data-a': from, 'data-b': to });
      path.style.stroke = edgeColour[kind];
      path.style.strokeDasharray = { old: '6 4', thread: '2 4' }[kind] || 'none';
      picture.append(path);
    }
  }

  function drawLanes(picture, at, x, height) {
    lanes.forEach(lane => {
      const line = svg('line', { x1: x(lane), x2: x(lane), y1: 0, y2: height });
      line.style.stroke = 'var(--line)';
      line.style.strokeWidth = 1.5;
      picture.append(line);
    });
    for (let i = 0; i < rows.length;) {   // a bar for each stretch of one thread
      let last = i;
      const lane = data.steps[rows[i]].t;
      while (last + 1 < rows.length && data.steps[rows[last + 1]].t === lane) last++;
      const bar = svg('rect', { x: x(lane) - 2.5, y: at[rows[i]], width: 5,
        height: at[rows[last]] - at[rows[i]] });
      bar.style.fill = colour(lane);
      bar.style.opacity = 0.28;
      picture.append(bar);
      i = last + 1;
    }
  }

  let redraw = () => {};

  function draw() {
    const board = document.querySelector('.lanes'), heads = document.querySelector('.heads');
    const room = document.querySelector('.board').clientWidth - LEFT - 60;
    const width = Math.max(lanes.length > 5 ? 165 : MIN, Math.floor(room / lanes.length));
    const x = lane => LEFT + lanes.indexOf(lane) * width + DOT + 6;
    const at = {};
    rows = data.steps.map((_, i) => i).filter(i => visible(data.steps[i]));
    rows.forEach((step, i) => { at[step] = 22 + i * ROW; });
    const height = rows.length * ROW + 30;
    board.style.height = `${height}px`;
    board.style.width = heads.style.width = `${LEFT + lanes.length * width}px`;
    heads.replaceChildren($('div', { style: `width:${LEFT - 12}px;flex:none` }),
      ...data.threads.map(thread => $('div', {
        class: 'head', style: `width:${width}px;color:${colour(thread.id)}` },
        thread.name, $('small', {}, thread.function || ''))));
    const picture = svg('svg', { width: '100%', height });
    markers(picture);
    drawLanes(picture, at, x, height);
    const group = svg('g', {});
    picture.append(group);
    redraw = () => { group.replaceChildren(); drawEdges(group, at, x); };
    redraw();
    const nodes = [];
    rows.forEach((index, row) => {
      const step = data.steps[index], y = at[index];
      const dot = svg('circle', { cx: x(step.t), cy: y, r: failing.has(index) ? 6 : 4.5 });
      dot.style.fill = failing.has(index) ? 'var(--bad)' : colour(step.t);
      dot.style.stroke = 'var(--paper)';
      dot.style.strokeWidth = 2;
      picture.append(dot);
      const order = step.order && step.x.endsWith(`(${step.order})`);
      nodes.push($('div', { class: 'number', style: `left:0;top:${y - 9}px` }, String(index + 1)));
      nodes.push($('button', {
        class: `step${noise.has(step.kind) ? ' dim' : ''}${step.old ? ' old' : ''}` +
          (failing.has(index) ? ' last' : ''),
        'data-step': index, title: step.x, onclick: () => choose(index),
        onmouseenter: () => choose(index), tabindex: 0,
        style: `left:${x(step.t) + 10}px;top:${y - 13}px;max-width:${width - 34}px` },
        order ? step.x.slice(0, -step.order.length - 2) : step.x,
        order ? $('span', { class: 'order' }, short[step.order] || step.order) : null));
      if (step.cut && row > 0) {
        const before = data.steps[rows[row - 1]].t, middle = y - ROW / 2;
        const dash = svg('line', { x1: x(before), x2: x(step.t), y1: middle, y2: middle });
        dash.style.stroke = 'var(--bad)';
        dash.style.strokeDasharray = '4 4';
        dash.style.strokeWidth = 1.5;
        picture.append(dash);
        nodes.push($('div', { class: 'cut', style:
          `left:${Math.min(x(before), x(step.t)) + 26}px;top:${middle - 7}px` }, 'preempted'));
      }
    });
    board.replaceChildren(picture, ...nodes);
  }

  function move(step, sameThread) {
    const list = sameThread ? rows.filter(row => data.steps[row].t === data.steps[chosen].t) : rows;
    const now = list.indexOf(chosen);
    choose(list[Math.max(0, Math.min(list.length - 1, now + step))], true);
  }

  function start() {
    const toggle = (id, name, style, dashed) => $('label', {},
      $('input', { type: 'checkbox', id, checked: shown[id] ? '' : false, onchange: event => {
        shown[id] = event.target.checked;
        draw();
        choose(chosen);
      } }),
      style ? $('i', { style: `color:${style}`, class: dashed ? 'dashed' : '' }) : null, name);
    document.querySelector('.legend').append(
      toggle('from', 'reads from', 'var(--from)'), toggle('wake', 'wakes', 'var(--wake)'),
      toggle('thread', 'starts and joins', 'var(--join)', true),
      $('span', {}, $('i', { style: 'color:var(--old);vertical-align:middle', class: 'dashed' }),
        ' reads an older value'),
      toggle('all', 'beginnings, ends, memory'));
    const root = document.documentElement;
    document.getElementById('theme').addEventListener('click', () => {
      const dark = getComputedStyle(root).colorScheme.includes('dark') &&
        (root.dataset.theme === 'dark' || matchMedia('(prefers-color-scheme: dark)').matches);
      root.dataset.theme = dark && root.dataset.theme !== 'light' ? 'light' : 'dark';
    });
    document.getElementById('copy').addEventListener('click', event => {
      const text = document.getElementById('command').textContent;
      if (navigator.clipboard) navigator.clipboard.writeText(text);
      event.target.textContent = 'copied';
    });
    addEventListener('keydown', event => {
      const steps = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 };
      if (event.key in steps) { event.preventDefault(); move(steps[event.key]); }
      if (event.key === 'l' || event.key === 'L') move(event.key === 'l' ? 1 : -1, true);
    });
    addEventListener('resize', () => { draw(); choose(chosen); });
    draw();
    choose(chosen);
  }
  start();
})();
