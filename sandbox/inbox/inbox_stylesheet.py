"""The look of the inbox pages: one style sheet, light and dark, no scripts."""

STYLE = """
:root { color-scheme: light dark;
  --paper: light-dark(#f6f5f1, #14161a); --card: light-dark(#ffffff, #1d2026); --ink: light-dark(#1c1e22, #e9e7e2);
  --soft: light-dark(#5f6470, #a2a7b3); --line: light-dark(#e2dfd7, #31353d); --accent: light-dark(#7a3b12, #f0b27a);
  --alarm: light-dark(#b3161b, #ff9b94); --alarm-paper: light-dark(#fdebea, #43201f);
  --good: light-dark(#1c6b3c, #83d3a0); --hover: light-dark(#faf7f0, #242831); }
* { box-sizing: border-box; }
html { font: 16px/1.5 system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif; background: var(--paper);
  color: var(--ink); -webkit-text-size-adjust: 100%; }
body { margin: 0; }
a { color: inherit; }
a:focus-visible, input:focus-visible, button:focus-visible, iframe:focus-visible {
  outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
.skip { position: absolute; left: -999px; }
.skip:focus { left: 1rem; top: .5rem; background: var(--card); padding: .5rem 1rem; z-index: 2; }
header.top { border-bottom: 1px solid var(--line); background: var(--card); }
.bar { max-width: 76rem; margin: 0 auto; padding: .9rem 1.25rem; display: flex; flex-wrap: wrap; gap: .4rem 1.75rem;
  align-items: center; }
.brand { font: 600 1.15rem/1.3 Georgia, "Noto Serif", serif; text-decoration: none; letter-spacing: .01em; }
.brand span { color: var(--soft); font: 400 .85rem system-ui, sans-serif; margin-left: .5rem; }
nav { display: flex; gap: .25rem; }
nav a { text-decoration: none; padding: .45rem .75rem; border-radius: 999px; color: var(--soft); }
nav a[aria-current] { background: var(--paper); color: var(--ink); font-weight: 600; }
nav a:hover { color: var(--ink); }
main { max-width: 76rem; margin: 0 auto; padding: 1.5rem 1.25rem 4rem; }
h1 { font: 600 1.6rem/1.25 Georgia, "Noto Serif", serif; margin: 0 0 .25rem; overflow-wrap: anywhere; }
h2 { font-size: 1rem; margin: 2rem 0 .6rem; }
.soft { color: var(--soft); } .small { font-size: .875rem; }
p { margin: .25rem 0 1rem; }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: .75rem;
  margin: 1.25rem 0; padding: 0; }
.facts div { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: .7rem .9rem; }
.facts dt { color: var(--soft); font-size: .8rem; } .facts dd { margin: 0; font-size: 1.35rem; font-weight: 600;
  font-variant-numeric: tabular-nums; }
.facts .alarm { background: var(--alarm-paper); border-color: var(--alarm); color: var(--alarm); }
.facts .alarm dt { color: inherit; }
form.search { display: flex; gap: .5rem; margin: 1rem 0; }
input[type=search] { flex: 1; min-width: 0; max-width: 28rem; font: inherit; color: inherit; background: var(--card);
  border: 1px solid var(--soft); border-radius: 8px; padding: .55rem .75rem; }
button { font: inherit; font-weight: 600; border: 0; border-radius: 8px; padding: .55rem 1.1rem;
  background: var(--accent); color: var(--card); cursor: pointer; }
.list { list-style: none; margin: 0; padding: 0; background: var(--card); border: 1px solid var(--line);
  border-radius: 12px; overflow: hidden; }
.list li + li { border-top: 1px solid var(--line); }
.list a { display: grid; grid-template-columns: minmax(12rem, 18rem) 1fr auto; gap: .1rem 1.25rem; padding: .7rem 1rem;
  text-decoration: none; align-items: baseline; min-height: 44px; }
.list a:hover { background: var(--hover); }
.list .to { font-weight: 600; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.list .subject { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.list .when { color: var(--soft); font-size: .85rem; font-variant-numeric: tabular-nums; white-space: nowrap; }
.mark { display: inline-block; font-size: .78rem; font-weight: 600; border-radius: 999px; padding: .05rem .55rem;
  border: 1px solid var(--line); color: var(--soft); white-space: nowrap; }
.mark.alarm { background: var(--alarm-paper); color: var(--alarm); border-color: var(--alarm); }
.mark.good { color: var(--good); border-color: currentColor; }
.pager { display: flex; gap: 1rem; justify-content: space-between; align-items: center; margin: 1rem .25rem; }
.pager a { padding: .5rem 0; }
.empty { background: var(--card); border: 1px dashed var(--line); border-radius: 12px; padding: 2rem; }
code, pre { font: .875rem/1.5 ui-monospace, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
.table { overflow-x: auto; background: var(--card); border: 1px solid var(--line); border-radius: 12px; }
table { border-collapse: collapse; width: 100%; font-size: .925rem; }
th, td { text-align: left; vertical-align: top; padding: .55rem 1rem; border-top: 1px solid var(--line); }
tr:first-child > * { border-top: 0; }
th[scope=row] { white-space: nowrap; color: var(--soft); font-weight: 500; width: 12rem; }
td { overflow-wrap: anywhere; } td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
.log td { overflow-wrap: normal; white-space: nowrap; }
.views { display: flex; flex-wrap: wrap; gap: 1.5rem; align-items: flex-start; }
figure { margin: 0; min-width: 0; max-width: 100%; overflow-x: auto; }
figure.wide { flex: 1 1 640px; }
figcaption { color: var(--soft); font-size: .85rem; margin-bottom: .4rem; }
figcaption a { margin-left: .5rem; }
iframe { display: block; border: 1px solid var(--line); border-radius: 12px; background: #fff; color-scheme: light;
  height: 640px; box-sizing: content-box; }
iframe.phone { width: 375px; } iframe.desktop { width: 100%; min-width: 640px; box-sizing: border-box; }
pre.text { white-space: pre-wrap; background: var(--card); border: 1px solid var(--line); border-radius: 12px;
  padding: 1rem; margin: 0; max-height: 36rem; overflow: auto; }
ul.warnings { background: var(--card); border: 1px solid var(--line); border-left: 4px solid var(--accent);
  border-radius: 8px; padding: .7rem 1rem .7rem 2rem; margin: 1rem 0; }
.meta { display: flex; flex-wrap: wrap; gap: .4rem .6rem; align-items: center; margin: .4rem 0 1.2rem; }
@media (max-width: 44rem) {
  main { padding: 1.1rem .9rem 3rem; } .bar { padding: .7rem .9rem; } .brand span { display: none; }
  .list a { grid-template-columns: 1fr auto; } .list .subject { grid-column: 1 / -1; grid-row: 2; white-space: normal; }
  .list .day { display: none; }
  .facts { grid-template-columns: 1fr 1fr; } .facts dd { font-size: 1.15rem; }
  .pair th[scope=row], .pair td { display: block; width: auto; border-top: 0; padding: .1rem 1rem; }
  .pair tr { display: block; border-top: 1px solid var(--line); padding: .45rem 0; }
  .pair tr:first-child { border-top: 0; }
}
"""
