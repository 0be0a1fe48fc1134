import { OUTCOMES } from '../outcomes';

/** Colours of outcomes: green for what was wanted, amber for who was away, red for what failed, greys for who was never to be called. */
const LIGHT = `
--page:#f6f6f3;--card:#ffffff;--ink:#1d2126;--muted:#5b636d;--line:#e2e3e0;--soft:#f1f1ee;--accent:#2f6f8f;--focus:#1b62c4;--good:#15735c;--late:#94480f;
--completed:#1f8a70;--voicemail:#a8921a;--no-answer:#c98410;--busy:#b8612a;--failed:#c23b3b;--error:#8c2a4a;--balance-low:#a0368f;
--canceled:#4e5b6b;--stopped:#75849a;--unsettled:#6a55c9;--not-called:#8d959e;--rejected:#6b7178;--duplicate:#92928a;--suppressed:#7d7466;--other:#8d959e;`;
const DARK = `
--page:#15181b;--card:#1d2125;--ink:#e8eaec;--muted:#a2abb4;--line:#343a40;--soft:#262b30;--accent:#6db3d4;--focus:#8bb8ff;--good:#45b897;--late:#d98550;
--completed:#45b897;--voicemail:#cdbb4e;--no-answer:#e3a93c;--busy:#d98550;--failed:#e46a66;--error:#c9607f;--balance-low:#c975bb;
--canceled:#8a99ab;--stopped:#a3b2c6;--unsettled:#9d8cf0;--not-called:#7d868f;--rejected:#969da4;--duplicate:#b3b3a8;--suppressed:#a0967f;--other:#7d868f;`;

/** The page's one style, known to its policy by the hash. */
export const STYLE = `
:root{color-scheme:light dark;${LIGHT}}
@media (prefers-color-scheme:dark){:root{${DARK}}}
@media print{:root{color-scheme:light;${LIGHT}--page:#fff}}
*{box-sizing:border-box}
[hidden]{display:none!important}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--page);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","Liberation Sans",Arial,sans-serif;overflow-wrap:anywhere}
body>*{max-width:1080px;margin:0 auto;padding:0 20px}
h1,h2,p,dl,dd,ul,figure{margin:0}
h1{font-size:27px;line-height:1.25;font-weight:650;letter-spacing:-.01em;display:flex;flex-wrap:wrap;align-items:center;gap:6px 14px}
h2{font-size:17px;line-height:1.3;font-weight:650}
code{font:13px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace}
:focus-visible{outline:2px solid var(--focus);outline-offset:2px;border-radius:4px}
header{padding-top:36px}
.kind{color:var(--muted);font-size:13px;letter-spacing:.02em;margin-bottom:2px}
.state{font-size:14px;font-weight:600;letter-spacing:0;line-height:1;padding:6px 11px;border-radius:99px;border:1.5px solid currentColor}
.state-completed{color:var(--good)}.state-failed{color:var(--failed)}.state-missed{color:var(--late)}.state-stopped,.state-canceled,.state-other{color:var(--canceled)}
.facts{display:flex;flex-wrap:wrap;gap:2px 20px;color:var(--muted);margin-top:8px}
.reason{margin-top:16px}
.notes{margin-top:16px;padding:12px 16px 12px 34px;background:var(--soft);border-radius:8px}
.notes li+li{margin-top:4px}
.tiles{display:grid;grid-template-columns:repeat(5,1fr);gap:1px;margin:24px 0 0;background:var(--line);border:1px solid var(--line);border-radius:10px;overflow:hidden}
.tiles div{background:var(--card);padding:14px 18px 15px}
.tiles dt{color:var(--muted);font-size:13px}
.tiles dd{font-size:23px;line-height:1.3;font-weight:600;font-variant-numeric:tabular-nums;letter-spacing:-.01em}
.tiles small{display:block;font-size:13px;line-height:1.4;font-weight:400;letter-spacing:0;color:var(--muted);margin-top:2px}
section{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:22px 24px 24px;margin-top:18px}
.columns{display:grid;grid-template-columns:minmax(0,1fr) minmax(0,1fr);gap:18px;margin-top:18px}
.columns>div{display:grid;gap:18px;align-content:start}
.columns section{margin:0}
.hint,.none{color:var(--muted);margin-top:3px;font-size:14px}
.chart{margin-top:16px}
.chart svg{display:block;width:100%;height:auto}
.chart svg text{font-family:inherit}
.narrow{display:none}
table{border-collapse:collapse;width:100%;margin-top:14px;font-variant-numeric:tabular-nums}
th,td{padding:7px 0 7px 16px;text-align:right;vertical-align:top;border-bottom:1px solid var(--line)}
th:first-child,td:first-child{padding-left:0;text-align:left}
th{font-weight:400}
thead th{color:var(--muted);font-size:13px;white-space:nowrap}
tfoot th,tfoot td{font-weight:600}
tbody:last-child tr:last-child>*,tfoot tr:last-child>*{border-bottom:0;padding-bottom:0}
.numbers td,.amount{white-space:nowrap}
.numbers thead th:first-child{width:36%}
.reasons thead th:first-child{width:auto}
.reasons th:first-child{width:99%}
.dot{display:inline-block;width:10px;height:10px;border-radius:3px;margin-right:9px;flex:none}
${OUTCOMES.map((name) => `.o-${name}{background:var(--${name})}`).join('')}
.numbers-of{margin-top:14px}
summary{cursor:pointer;color:var(--muted);font-size:14px;width:max-content}
.left-out{margin-top:12px;padding:12px 16px;background:var(--soft);border-radius:8px}
.left-out p+p{margin-top:6px}
form{display:grid;grid-template-columns:1fr auto auto;gap:14px;margin-top:16px}
label{color:var(--muted);font-size:13px}
input,select{display:block;width:100%;margin-top:4px;padding:8px 11px;height:40px;font:inherit;font-size:15px;color:var(--ink);background:var(--card);border:1px solid var(--muted);border-radius:7px}
#found{margin-top:14px}
#rows{margin-top:4px}
#rows th,#rows td{text-align:left}
#rows .amount,#rows thead th:nth-child(n+4){text-align:right}
#rows tbody th{min-width:150px}
.number{white-space:nowrap}
.opens{font:inherit;color:inherit;background:none;border:0;padding:0 0 0 18px;margin:0;text-align:left;cursor:pointer;position:relative}
.opens::before{content:"";position:absolute;left:2px;top:.52em;border:4.5px solid transparent;border-left:6px solid var(--muted);border-right:0}
.opens[aria-expanded=true]::before{transform:rotate(90deg)}
.opens:hover .number{text-decoration:underline;text-underline-offset:3px}
.name{display:block;padding-left:18px;color:var(--muted);font-size:13px}
.outcome{display:flex;align-items:baseline;white-space:nowrap}
.reason-cell{color:var(--muted);font-size:14px;width:38%}
#rows .details td{border-bottom:1px solid var(--line);padding:4px 0 20px 18px}
#rows tbody:has(.details) tr:first-child>*{border-bottom:0}
.opened{display:grid;grid-template-columns:minmax(200px,1fr) minmax(0,2fr);gap:14px 32px;align-items:start}
.fields div+div{margin-top:8px}
.fields dt{color:var(--muted);font-size:13px}
.fields dd{font-size:14px;white-space:pre-wrap}
.transcript{max-height:440px;overflow:auto;background:var(--soft);border-radius:8px;padding:14px 18px}
.transcript p{white-space:pre-wrap}
.transcript p+p{margin-top:10px}
.transcript b{display:block;font-size:13px;font-weight:600;color:var(--muted)}
.transcript .person b{color:var(--accent)}
.opened>.none{margin:0;padding:14px 18px}
#more{font:inherit;font-weight:500;color:var(--ink);background:var(--card);border:1px solid var(--muted);border-radius:7px;padding:8px 16px;margin-top:16px;cursor:pointer}
#more:hover{background:var(--soft)}
a{color:var(--focus)}
.files div+div{margin-top:10px}
.files{margin-top:12px}
.files dt{color:var(--muted);font-size:14px}
footer{color:var(--muted);font-size:13px;padding-top:20px;padding-bottom:48px}
@media (max-width:860px){.columns{grid-template-columns:minmax(0,1fr)}.tiles{grid-template-columns:repeat(6,1fr)}.tiles div{grid-column:span 2}.tiles div:nth-child(n+4){grid-column:span 3}}
@media screen and (max-width:620px){
body>*{padding:0 14px}header{padding-top:22px}h1{font-size:22px}
section{padding:18px 16px 20px}
.tiles div,.tiles div:nth-child(n+4){grid-column:span 3;padding:12px 14px}.tiles div:last-child{grid-column:span 6}.tiles dd{font-size:20px}
.wide{display:none}.narrow{display:block}
form{grid-template-columns:1fr 1fr}form div:first-child{grid-column:span 2}
input,select{font-size:16px}
#rows .wide-only,.numbers .wide-only{display:none}
#rows tbody th{min-width:0}
th,td{padding-left:12px}
.opened{grid-template-columns:minmax(0,1fr)}.opened .transcript{order:-1}
#rows .details td{padding-left:0}
}
@media print{
@page{margin:14mm}
body{font-size:10.5pt;background:#fff}
body>*{max-width:none;padding:0}header{padding-top:0}
section{border:0;padding:0;margin-top:22px;break-inside:avoid}
section.calls{break-inside:auto}
.columns{grid-template-columns:minmax(0,1fr) minmax(0,1fr);gap:20px 28px}.columns .wide{display:none}.columns .narrow{display:block}.tiles{grid-template-columns:repeat(5,1fr)}.tiles div,.tiles div:nth-child(n+4){grid-column:auto;padding:9px 12px}.tiles dd{font-size:15pt}
th,td{padding-top:4px;padding-bottom:4px}#rows tbody th{min-width:0}#rows{font-size:9.5pt}.reason-cell{width:32%;font-size:9pt}footer{padding-top:18px}
form,#more,.numbers-of summary{display:none!important}
thead{display:table-header-group}tbody,tr{break-inside:avoid}
.opens{padding-left:0}.opens::before{display:none}.name{padding-left:0}
.transcript{max-height:none;overflow:visible;padding:0;background:none}
.dot,.chart{-webkit-print-color-adjust:exact;print-color-adjust:exact}
}
`;
