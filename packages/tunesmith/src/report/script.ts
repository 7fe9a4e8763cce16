/** The only script of a report: hovering a chart tells the values nearest to the pointer. */
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
`;
