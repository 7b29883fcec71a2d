// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Html.h"

const llvm::StringLiteral fourmix::report::styleSheet = R"css(
:root{color-scheme:light dark;--paper:#f7f6f3;--card:#fff;--ink:#1c1e22;--soft:#62666e;--line:#e3e0da;--accent:#3155a6;
--attention:#3f6fd1;--fourier:#dc8a24;--gated:#8b54d1;--convolution:#1f9b7c;--lambda:#c4487a;--linear:#7c8b2c;
--projection:#2b93ac;--rest:#a9adb5;--good:#23804f;--bad:#b3402e;--warn:#fdf3dc;--warnline:#e6c878}
@media(prefers-color-scheme:dark){:root{--paper:#14161a;--card:#1c1f25;--ink:#e8e9ec;--soft:#9ba1ab;--line:#31353e;
--accent:#8fb0ff;--attention:#6d98f0;--fourier:#efa54c;--gated:#ad80ee;--convolution:#46c3a2;--lambda:#e5719f;
--linear:#b0c050;--projection:#5cbdd4;--rest:#6b717c;--good:#62c490;--bad:#f08672;--warn:#2c2718;--warnline:#6e5c28}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,
"Helvetica Neue",Arial,sans-serif;-webkit-text-size-adjust:100%}
main{max-width:1248px;margin:0 auto;padding:36px 24px 64px}
header .kicker{color:var(--soft);letter-spacing:.08em;text-transform:uppercase;font-size:12px;margin:0}
h1{font-size:30px;line-height:1.2;margin:2px 0 6px;overflow-wrap:anywhere}
h2{font-size:19px;margin:44px 0 12px}
h3{font-size:15px;margin:22px 0 8px;overflow-wrap:anywhere}
p{margin:6px 0;max-width:76ch}
.ports{color:var(--soft);font-size:13px;overflow-wrap:anywhere}
.soft,small{color:var(--soft)}
code,.mono{font-family:ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:.88em;
overflow-wrap:anywhere}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(205px,1fr));gap:12px;margin:22px 0 0}
.tile,.card,.plot{background:var(--card);border:1px solid var(--line);border-radius:10px}
.tile{padding:13px 16px 14px}
.tile .what{color:var(--soft);font-size:13px}
.tile .now{font-size:24px;font-weight:650;font-variant-numeric:tabular-nums;line-height:1.3}
.tile .was{color:var(--soft);font-size:13px;font-variant-numeric:tabular-nums}
.bar{height:6px;border-radius:3px;background:var(--line);margin-top:9px;overflow:hidden}
.bar i{display:block;height:100%;border-radius:3px;background:var(--accent)}
.scroll{overflow-x:auto;background:var(--card);border:1px solid var(--line);border-radius:10px}
table{border-collapse:collapse;width:100%;font-size:13px;font-variant-numeric:tabular-nums}
th,td{padding:8px 8px;text-align:right;white-space:nowrap;border-top:1px solid var(--line)}
th:first-child,td:first-child{padding-left:14px}th:last-child,td:last-child{padding-right:14px}
thead th{border-top:0;color:var(--soft);font-weight:550;font-size:12.5px;vertical-align:bottom}
thead tr.group th{padding-bottom:0;text-align:center}
th.l,td.l{text-align:left}
td.name{max-width:270px;overflow:hidden;text-overflow:ellipsis}
tbody tr.changed td{background:color-mix(in srgb,var(--accent) 6%,transparent)}
td .was{color:var(--soft);font-size:12px;line-height:1.25}
.chip{display:inline-block;border-left:4px solid var(--c,var(--rest));padding-left:7px;line-height:1.25}
.chip small{display:block;max-width:230px;overflow:hidden;text-overflow:ellipsis}
.attention{--c:var(--attention)}.fourier{--c:var(--fourier)}.gated{--c:var(--gated)}.lambda{--c:var(--lambda)}
.linear{--c:var(--linear)}.projection{--c:var(--projection)}.convolution{--c:var(--convolution)}.rest{--c:var(--rest)}
.warn{background:var(--warn);border:1px solid var(--warnline);border-radius:10px;padding:11px 16px;margin:14px 0;
max-width:none}
.lead{font-size:16px}
ul.says{list-style:none;margin:0;padding:0;display:grid;gap:8px}
ul.says li{background:var(--card);border:1px solid var(--line);border-left:4px solid var(--c,var(--rest));
border-radius:8px;padding:9px 14px;overflow-wrap:anywhere}
ul.says .pass{font-weight:600}
dl{display:flex;flex-wrap:wrap;gap:2px 18px;margin:4px 0 0;font-size:13px;color:var(--soft)}
dl div{display:flex;gap:6px}dt::after{content:":"}dd{margin:0;color:var(--ink);font-variant-numeric:tabular-nums}
.networks{display:grid;grid-template-columns:repeat(auto-fit,minmax(300px,1fr));gap:12px 28px}
.networks>div{max-width:440px;min-width:0}
.networks h3{margin-top:4px}
svg.network{width:100%;height:auto;display:block}
svg text{fill:var(--ink);font-family:inherit}
svg .name{font-size:13px;font-weight:600}svg .detail{font-size:10.5px;fill:var(--soft)}
svg .cost{font-size:11px;fill:var(--soft);text-anchor:end}
svg .flow{stroke:var(--rest);stroke-width:1.5;fill:none}
.box .body{fill:var(--card);stroke:var(--line)}.box .edge{fill:var(--c)}
.box.changed .body{stroke:var(--c);stroke-width:1.6;fill:color-mix(in srgb,var(--c) 12%,var(--card))}
.plots{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(280px,100%),1fr));gap:12px}
.plot{margin:0;padding:11px 14px 8px;min-width:0}
.plot figcaption{font-size:13.5px;font-weight:550;margin-bottom:6px}
svg.curves{width:100%;height:auto;display:block}
.grid{stroke:var(--line);fill:none}
.curve{fill:none;stroke-width:1.3;stroke-linejoin:round;opacity:.85}
.curve:hover{stroke-width:3;opacity:1}
.c0{stroke:var(--attention)}.c1{stroke:var(--fourier)}.c2{stroke:var(--convolution)}.c3{stroke:var(--gated)}
.c4{stroke:var(--lambda)}.c5{stroke:var(--linear)}
.axis{display:flex;justify-content:space-between;gap:12px;font-size:11.5px;color:var(--soft);margin:4px 0 0}
.axis span+span{text-align:right}
.pictures{display:flex;flex-wrap:wrap;gap:6px}
.pictures img{width:66px;height:66px;image-rendering:pixelated;border:1px solid var(--line);border-radius:4px}
details summary{cursor:pointer;color:var(--accent)}
footer{margin-top:52px;color:var(--soft);font-size:13px;border-top:1px solid var(--line);padding-top:14px}
@media(max-width:560px){main{padding:22px 14px 44px}h1{font-size:24px}h2{margin-top:34px}th,td{padding:7px 9px}
.tiles{grid-template-columns:repeat(auto-fit,minmax(150px,1fr))}.tile .now{font-size:20px}}
)css";
