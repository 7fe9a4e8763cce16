/** The only script of a report: hovering a chart tells the values nearest to the pointer, and examples can be filtered. */
export const script = `
for (const plot of document.querySelectorAll('[data-chart]')) {
  const { left, right, series } = JSON.parse(plot.dataset.chart);
  const cursor = plot.querySelector('.cursor');
  const tip = plot.querySelector('.tip');
  const show = (value) => Math.abs(value) > 0 && Math.abs(value) < 0.001 ? value.toExponential(2) : Number(value.toPrecision(4));
  plot.addEventListener('pointermove', (event) => {
    const box = plot.getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
    const wanted = left + share * (right - left);
    const lines = [];
    let step;
    for (const { name, points } of series) {
      if (points.length === 0) continue;
      const near = points.reduce((a, b) => (Math.abs(b[0] - wanted) < Math.abs(a[0] - wanted) ? b : a));
      step ??= near[0];
      if (near[0] === step) lines.push(name + ' ' + show(near[1]));
    }
    const at = right === left ? 0.5 : (step - left) / (right - left);
    cursor.hidden = tip.hidden = false;
    cursor.style.left = at * 100 + '%';
    tip.style.left = at > 0.5 ? 'auto' : 'calc(' + at * 100 + '% + 10px)';
    tip.style.right = at > 0.5 ? 'calc(' + (1 - at) * 100 + '% + 10px)' : 'auto';
    tip.textContent = '';
    ['step ' + step, ...lines].forEach((line) => tip.append(Object.assign(document.createElement('div'), { textContent: line })));
  });
  plot.addEventListener('pointerleave', () => { cursor.hidden = tip.hidden = true; });
}
for (const section of document.querySelectorAll('[data-examples]')) {
  const form = section.querySelector('form');
  const all = [...section.querySelectorAll('article')];
  const also = { right: ['right', 'gained'], wrong: ['wrong', 'lost'] };
  const filter = () => {
    const { task, outcome, words } = Object.fromEntries(new FormData(form));
    const wanted = words.trim().toLowerCase();
    let count = 0;
    for (const one of all) {
      const shown = (task === '' || one.dataset.task === task)
        && (outcome === '' || (also[outcome] ?? [outcome]).includes(one.dataset.outcome))
        && (wanted === '' || one.textContent.toLowerCase().includes(wanted));
      one.hidden = !shown;
      if (shown) count += 1;
    }
    form.querySelector('output').textContent = count + ' of ' + all.length;
  };
  form.hidden = false;
  form.addEventListener('input', filter);
  form.addEventListener('submit', (event) => event.preventDefault());
}
`;
