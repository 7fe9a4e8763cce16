/** The style sheet of a report: light and dark, wide and narrow, paper too. */
export const style = `
:root { color-scheme: light dark; --page: #fbfbf9; --card: #ffffff; --ink: #1d2025; --soft: #5d636e; --line: #e3e3dd; --grid: #ecece6;
  --main: #0f766e; --second: #c2410c; --raw: #0f766e; --before: #b9bec7; --after: #0f766e; --better: #0f766e; --worse: #b91c1c; --tag: #fdf0e4; --tag-ink: #9a3412; }
@media (prefers-color-scheme: dark) { :root:not([data-theme=light]) { --page: #121417; --card: #1a1d21; --ink: #e8eaed; --soft: #9aa1ac; --line: #2c3037; --grid: #262a30;
  --main: #2dd4bf; --second: #fb923c; --raw: #2dd4bf; --before: #565d69; --after: #2dd4bf; --better: #2dd4bf; --worse: #f87171; --tag: #3a2716; --tag-ink: #fdba74; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.55 ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; font-variant-numeric: tabular-nums; }
main { max-width: 1000px; margin: 0 auto; padding: 40px 24px 80px; }
header .brand { color: var(--main); font-weight: 600; font-size: 13px; letter-spacing: .06em; text-transform: uppercase; }
h1 { font-size: 32px; line-height: 1.2; margin: 6px 0 10px; letter-spacing: -.015em; overflow-wrap: anywhere; }
.stage { margin-top: 64px; padding-top: 32px; border-top: 1px solid var(--line); }
h2 { font-size: 20px; margin: 48px 0 4px; letter-spacing: -.01em; }
h4 { font-size: 13px; margin: 18px 0 4px; color: var(--soft); font-weight: 600; }
p.lead { color: var(--soft); margin: 0 0 16px; max-width: 68ch; }
p.verdict-line { font-size: 18px; max-width: 64ch; margin: 14px 0 0; }
dl.facts { display: flex; flex-wrap: wrap; gap: 4px 22px; margin: 0; font-size: 14px; }
dl.facts div { display: flex; gap: 6px; } dl.facts dt { color: var(--soft); } dl.facts dd { margin: 0; overflow-wrap: anywhere; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 12px; margin: 26px 0 0; }
.tile, figure, .example, .table, details { background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
.tile { padding: 14px 16px; } .tile span { display: block; font-size: 13px; color: var(--soft); }
.tile b { font-size: 24px; font-weight: 600; letter-spacing: -.01em; white-space: nowrap; } .tile b small { font-size: 16px; font-weight: 400; color: var(--soft); }
.tile em { display: block; font-style: normal; font-size: 12.5px; color: var(--soft); }
figure { margin: 12px 0 0; padding: 16px 20px; } figcaption { display: flex; flex-wrap: wrap; align-items: baseline; gap: 4px 10px; font-size: 14px; }
.unit { color: var(--soft); font-size: 13px; } .legend { margin-left: auto; display: flex; flex-wrap: wrap; gap: 14px; font-size: 13px; color: var(--soft); }
main.side-by-side { --before: var(--main); --after: var(--second); }
.key::before { content: ""; display: inline-block; width: 14px; height: 3px; border-radius: 2px; margin-right: 6px; vertical-align: 3px; background: var(--main); }
.key.raw::before { background: var(--raw); opacity: .35; } .key.second::before { background: var(--second); }
.key.before::before, .key.after::before { height: 9px; vertical-align: -1px; } .key.before::before { background: var(--before); } .key.after::before { background: var(--after); }
.key.chance::before { width: 2px; height: 12px; vertical-align: -2px; background: var(--ink); }
.plot { position: relative; margin: 14px 8px 22px 48px; } .plot svg { position: absolute; inset: 0; width: 100%; height: 100%; overflow: visible; }
.grid { stroke: var(--grid); vector-effect: non-scaling-stroke; } .line { fill: none; stroke-width: 2; vector-effect: non-scaling-stroke; stroke-linejoin: round; }
.line.main, .dot.main { stroke: var(--main); } .line.raw, .dot.raw { stroke: var(--raw); opacity: .3; } .line.raw { stroke-width: 1; } .line.second, .dot.second { stroke: var(--second); }
.dot { stroke-width: 8; stroke-linecap: round; vector-effect: non-scaling-stroke; fill: none; }
.tick { position: absolute; font-size: 12px; color: var(--soft); white-space: nowrap; } .tick.y { right: calc(100% + 8px); transform: translateY(-50%); } .tick.x { top: calc(100% + 4px); transform: translateX(-50%); }
.cursor { position: absolute; top: 0; bottom: 0; width: 1px; background: var(--soft); pointer-events: none; }
.tip { position: absolute; top: 0; background: var(--ink); color: var(--page); font-size: 12.5px; line-height: 1.45; padding: 6px 10px; border-radius: 6px; pointer-events: none; white-space: nowrap; z-index: 1; }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: 0 12px; }
.row { display: grid; grid-template-columns: minmax(110px, 210px) 1fr 190px; gap: 14px; align-items: center; padding: 5px 0; }
.row .name { font-size: 14px; overflow-wrap: anywhere; line-height: 1.3; } .row .numbers { font-size: 13px; color: var(--soft); white-space: nowrap; } .row .numbers b { color: var(--ink); } .row .numbers small { display: block; font-size: 12px; }
  .row .name.together { font-weight: 600; }
.track { position: relative; border-left: 1px solid var(--line); padding: 1px 0; } .bar { position: relative; height: 11px; margin: 2px 0; }
.bar > i { display: block; height: 100%; min-width: 1px; border-radius: 0 3px 3px 0; background: var(--before); } .bar.after > i { background: var(--after); }
.bar > u { position: absolute; top: 5px; height: 1px; background: var(--ink); opacity: .75; } .bar > u::before, .bar > u::after { content: ""; position: absolute; top: -3px; width: 1px; height: 7px; background: var(--ink); } .bar > u::after { right: 0; }
i.chance { position: absolute; top: -2px; bottom: -2px; width: 0; border-left: 2px dotted var(--ink); opacity: .6; }
.row.axis { padding: 0; height: 22px; } .row.axis .track { border: 0; height: 18px; } .row.axis .tick { transform: translateX(-50%); top: 2px; }
.verdict { font-size: 12px; margin-left: 8px; } .verdict.better { color: var(--better); } .verdict.worse { color: var(--worse); } .verdict.unclear, .verdict.too-few { color: var(--soft); }
.tag { background: var(--tag); color: var(--tag-ink); font-size: 12px; font-weight: 500; padding: 1px 8px; border-radius: 99px; }
.example { padding: 16px 20px; margin: 12px 0 0; } .example .prompt { white-space: pre-wrap; margin: 6px 0 12px; overflow-wrap: anywhere; }
.answers { display: grid; grid-template-columns: repeat(auto-fit, minmax(220px, 1fr)); gap: 12px; } .answers div { border-left: 3px solid var(--line); padding: 0 0 0 12px; }
.answers span { font-size: 12.5px; color: var(--soft); } .answers p { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; } .answers .before { border-color: var(--before); } .answers .after { border-color: var(--after); }
.filters { display: flex; flex-wrap: wrap; align-items: end; gap: 12px; font-size: 13px; color: var(--soft); } .filters[hidden], .example[hidden] { display: none; }
.filters label { display: grid; gap: 3px; } .filters select, .filters input { font: inherit; font-size: 14px; color: var(--ink); background: var(--card); border: 1px solid var(--line); border-radius: 7px; padding: 6px 9px; max-width: 240px; } .filters output { padding: 7px 0; }
.mark { font-weight: 600; } .mark.right { color: var(--better); } .mark.wrong { color: var(--worse); }
tr.differs td { font-weight: 600; }
ul.facts { margin: 0 0 12px; padding-left: 20px; font-size: 14.5px; }
.table { overflow-x: auto; margin-top: 12px; } table { border-collapse: collapse; width: 100%; font-size: 14px; } th, td { text-align: left; padding: 9px 16px; border-bottom: 1px solid var(--line); vertical-align: top; } tr:last-child td { border: 0; }
th { font-weight: 600; font-size: 12.5px; color: var(--soft); } td.n, th.n { text-align: right; }
ul.warnings { margin: 20px 0 0; padding: 12px 16px 12px 34px; background: var(--tag); color: var(--tag-ink); border-radius: 10px; font-size: 14.5px; }
details { margin-top: 12px; padding: 12px 20px; } summary { cursor: pointer; font-size: 14px; } pre { margin: 12px 0 4px; font: 13px/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; overflow-x: auto; }
details figure { border: 0; padding: 12px 0 0; }
footer { margin-top: 48px; color: var(--soft); font-size: 13px; }
@media (max-width: 700px) { main { padding: 24px 14px 60px; } h1 { font-size: 26px; } .pair { grid-template-columns: 1fr; } .row { grid-template-columns: 1fr; gap: 2px; } .row.axis > span { display: none; } .legend { margin-left: 0; width: 100%; } figure, .example { padding: 14px; } }
@media print { body { background: #fff; } figure, .example, .tile { break-inside: avoid; } }
`;
