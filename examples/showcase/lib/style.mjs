/** Colors and shapes of the report and of the live pages. */
export const style = `
:root{
  --page:#fbfaf7;--card:#ffffff;--ink:#1d1c1a;--soft:#6b6862;--rule:#e4e1d9;--grid:#ecebe5;
  --blue:#2a6ec9;--sky:#7fb2ea;--orange:#e8703a;--green:#178f63;--gold:#c98a00;--violet:#6a4fc0;--red:#d23f3f;--teal:#1796a6;--pink:#c2479a;--olive:#7a8b1f;
  color-scheme:light dark;
}
@media (prefers-color-scheme:dark){:root{
  --page:#17171a;--card:#202024;--ink:#eeece6;--soft:#a3a09a;--rule:#37363b;--grid:#2d2d32;
  --blue:#62a0ef;--sky:#9cc7f5;--orange:#f2905f;--green:#45bf8f;--gold:#e0b13c;--violet:#a48df0;--red:#ef7070;--teal:#4cc3d2;--pink:#e684c3;--olive:#b2c14f;
}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
header,main,footer{max-width:1180px;margin:0 auto;padding:0 24px}
header{padding-top:20px;color:var(--soft)}header b{color:var(--ink)}
footer{padding-top:32px;padding-bottom:40px;color:var(--soft);font-size:14px}
.kicker{margin:36px 0 0;color:var(--blue);font-weight:600;font-size:14px;letter-spacing:.02em}
h1{margin:2px 0 8px;font-size:40px;line-height:1.15;letter-spacing:-.02em;font-weight:700}
h2{margin:52px 0 8px;font-size:24px;line-height:1.25;letter-spacing:-.01em}
h3{margin:0 0 8px;font-size:16px}
p{max-width:76ch;margin:8px 0 16px}
.lead{font-size:18px;color:var(--soft)}.lead b{color:var(--ink)}
.note,figcaption{font-size:14px;color:var(--soft)}
.warning{border-left:3px solid var(--gold);padding:4px 12px;white-space:pre-line}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(220px,1fr));gap:14px;margin:24px 0}
.tile{background:var(--card);border:1px solid var(--rule);border-radius:12px;padding:16px 18px;display:flex;flex-direction:column}
.tile b{font-size:27px;line-height:1.2;letter-spacing:-.02em}.tile span{font-weight:600;margin-top:2px}.tile small{color:var(--soft);font-size:13px;margin-top:4px}
.scroll{overflow-x:auto;background:var(--card);border:1px solid var(--rule);border-radius:12px;margin:12px 0}
table{border-collapse:collapse;width:100%;font-size:14.5px;font-variant-numeric:tabular-nums}
th,td{padding:8px 12px;text-align:left;white-space:nowrap;border-top:1px solid var(--grid)}
thead th{border-top:0;color:var(--soft);font-weight:600;font-size:13px}
.number{text-align:right}
figure{margin:16px 0;background:var(--card);border:1px solid var(--rule);border-radius:12px;padding:16px 18px;min-width:0}
figcaption{margin-top:8px}
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,460px),1fr));gap:16px}.pair{margin:16px 0 28px}.pair figure{margin:0}
.bars{list-style:none;padding:0;margin:8px 0;display:grid;grid-template-columns:repeat(auto-fit,minmax(360px,1fr));gap:4px 24px}
.bars li::before{content:"✓";color:var(--green);font-weight:700;margin-right:8px}.bars .missed::before{content:"✗";color:var(--red)}
.heats{display:grid;grid-template-columns:repeat(var(--columns),1fr);gap:16px}
.heat{margin:0;padding:10px}.heat img{display:block;width:100%;height:auto;image-rendering:pixelated;border-radius:4px}
.heat figcaption{line-height:1.35}.heat b{display:block;color:var(--ink)}
.legend{align-self:start}.legend img{height:22px}.legend figcaption{display:flex;justify-content:space-between}
.defects{display:grid;grid-template-columns:minmax(70px,auto) repeat(var(--columns),1fr);gap:8px;align-items:center}
.defects img{display:block;width:100%;height:auto;image-rendering:pixelated;border-radius:4px}.defects span{color:var(--soft);font-size:13px}
.defects>b{text-align:center;font-size:14px}.defects small{text-align:center;color:var(--soft);font-size:13px}.defects small b{color:var(--ink)}
.filter{display:block;width:min(100%,340px);height:auto;image-rendering:pixelated;border-radius:4px;margin:0 auto}
td small{color:var(--soft)}
@media (max-width:820px){.heats{grid-template-columns:1fr 1fr}h1{font-size:32px}figure{overflow-x:auto}figure svg{min-width:540px}}
.key::before{content:"";display:inline-block;width:10px;height:10px;border-radius:50%;background:currentColor;margin:0 6px 0 10px}
svg{display:block;width:100%;height:auto}
svg text{font:12px system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;fill:var(--soft);font-variant-numeric:tabular-nums}
svg .title{font-size:14px;font-weight:600;fill:var(--ink)}svg .strong{fill:var(--ink)}svg .small{font-size:11px}
svg .label{font-size:13px;font-weight:600;stroke:none;fill:var(--c,var(--ink))}
.grid{stroke:var(--grid)}.axis{stroke:var(--soft)}
.bar{fill:var(--sky);opacity:.75}.bar.clipped{fill:var(--red)}.bar.lost{fill:var(--violet)}
.wash{opacity:.1}.wash.clipped{fill:var(--red)}.wash.lost{fill:var(--violet)}
svg .share{font-weight:600}svg .share.clipped{fill:var(--red)}svg .share.lost{fill:var(--violet)}
.curve{fill:none;stroke:var(--ink);stroke-width:1.6}
.rug{stroke:var(--ink);stroke-width:1}
.line{fill:none;stroke:var(--c,var(--ink));stroke-width:2;stroke-linejoin:round}.thin{fill:none;stroke:currentColor;stroke-width:1.2;opacity:.5}
.dot{fill:var(--c,currentColor);stroke:none}.leader{fill:none;stroke:var(--rule)}
.target{stroke:var(--ink);stroke-dasharray:4 4}.band{fill:var(--green);opacity:.13}
.score{fill:var(--blue);opacity:.7}.score.above{fill:var(--red)}
.backend.native{fill:var(--blue)}.backend.wasm{fill:var(--orange)}
.layer-1{color:var(--blue)}.layer-2{color:var(--orange)}.layer-3{color:var(--green)}
.of-fp32{--c:var(--ink)}.of-fp8-headroom-3{--c:var(--blue)}.of-fp8-headroom-0{--c:var(--red)}.of-fp8-amax{--c:var(--sky)}
.of-e5m2-headroom-0{--c:var(--pink)}.of-e5m2-headroom-3{--c:var(--olive)}.of-fp6-headroom-3{--c:var(--teal)}
.of-fp4-rne{--c:var(--gold)}.of-luq{--c:var(--violet)}.of-prune-90{--c:var(--green)}.of-prune-95{--c:var(--orange)}
`
