/** How the pages look: one stylesheet inside of each page, and the policy that lets a browser use it and nothing else. */
import { createHash } from 'node:crypto';

export const style = `
:root{color-scheme:light dark;--back:#fff;--panel:#f5f7fa;--line:#d9dfe7;--text:#1b2430;--soft:#55606f;--link:#0a58b0;--accent:#0a58b0;--on-accent:#fff;
--key:#6f2da8;--string:#136c2e;--number:#9a4a00;--literal:#0a58b0;--bad:#b3261e;--bad-back:#fdeceb;--note:#7a5200;--note-back:#fff6e0}
@media (prefers-color-scheme:dark){:root{--back:#11161d;--panel:#192029;--line:#2d3744;--text:#e4e9f0;--soft:#a0acba;--link:#7db8ff;--accent:#7db8ff;--on-accent:#0d1218;
--key:#cfa6ff;--string:#8ddb9f;--number:#ffb77a;--literal:#7db8ff;--bad:#ff9a92;--bad-back:#3a1b1a;--note:#f2c46b;--note-back:#332811}}
*{box-sizing:border-box}
body{margin:0;background:var(--back);color:var(--text);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;overflow-wrap:break-word}
a{color:var(--link);text-decoration-thickness:1px;text-underline-offset:.18em}
a:hover{text-decoration-thickness:2px}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px;border-radius:3px}
.skip{position:absolute;left:-999em;background:var(--back);padding:.5em 1em}
.skip:focus{left:1rem;top:.5rem;z-index:1}
.wide{max-width:76rem;margin:0 auto;padding-left:1.25rem;padding-right:1.25rem}
header{background:var(--panel);border-bottom:1px solid var(--line)}
header .wide{display:flex;flex-wrap:wrap;align-items:center;gap:.25rem 1.5rem;padding-top:.6rem;padding-bottom:.6rem}
header ul,.links,.types,.pages{list-style:none;margin:0;padding:0}
header ul{display:flex;flex-wrap:wrap;gap:.15rem 1.25rem}
header a{text-decoration:none;display:inline-block;padding:.15rem 0}
header a:hover{text-decoration:underline}
.brand{font-weight:700;font-size:1.1rem;color:var(--text);margin-right:auto}
.brand span{color:var(--accent)}
main{padding-top:1.25rem;padding-bottom:3rem}
.trail{font-size:.9rem;color:var(--soft)}
.trail ol{list-style:none;display:flex;flex-wrap:wrap;gap:0 .5rem;margin:0;padding:0}
.trail li+li::before{content:"/";margin-right:.5rem}
h1{font-size:1.75rem;line-height:1.25;margin:.4rem 0 .25rem}
h2{font-size:1.15rem;margin:2rem 0 .6rem}
.lead{color:var(--soft);margin:.1rem 0 .75rem}
.facts{display:flex;flex-wrap:wrap;gap:.5rem 2rem;margin:.75rem 0}
.facts dt{font-size:.8rem;color:var(--soft)}
.facts dd{margin:0}
a:not([href]){color:inherit}
code,.mono,pre{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace;font-size:.875em}
pre code{font-size:inherit}
.links{display:flex;flex-wrap:wrap;gap:.5rem;margin:1rem 0}
.links a,.pages a,button{display:inline-block;padding:.35rem .8rem;border:1px solid var(--line);border-radius:6px;background:var(--panel);text-decoration:none;font:inherit;line-height:1.4;color:var(--link)}
.links a:hover,.pages a:hover{border-color:var(--accent)}
.pages{display:flex;flex-wrap:wrap;gap:.5rem;margin:1rem 0}
form{margin:1rem 0 .5rem}
label{display:block;font-size:.9rem;color:var(--soft);margin-bottom:.25rem}
.field{display:flex;gap:.5rem}
input{flex:1;min-width:0;font:inherit;font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:.95rem;padding:.45rem .7rem;border:1px solid var(--soft);border-radius:6px;background:var(--back);color:var(--text)}
::placeholder{color:var(--soft);opacity:1}
details{margin:.6rem 0}
button{background:var(--accent);border-color:var(--accent);color:var(--on-accent);font-weight:600;cursor:pointer}
button:hover{filter:brightness(1.12)}
.scroll{overflow-x:auto;border:1px solid var(--line);border-radius:8px}
.data{border-collapse:collapse;width:100%}
.data th,.data td{text-align:left;vertical-align:top;padding:.5rem .85rem;border-top:1px solid var(--line);font-weight:400}
.data thead th{border-top:0;background:var(--panel);font-size:.85rem;font-weight:600;color:var(--soft);white-space:nowrap}
.data tbody tr:hover{background:var(--panel)}
.data .name{font-weight:600}
.data small,.soft{color:var(--soft);font-size:.875rem}
.data time,.nowrap{white-space:nowrap}
.data td{min-width:6.5rem}
.tag{display:inline-block;font-size:.75rem;padding:.05rem .5rem;border:1px solid var(--line);border-radius:1em;color:var(--soft)}
.types{display:grid;grid-template-columns:repeat(auto-fill,minmax(15.5rem,1fr));gap:.5rem}
.types a{display:flex;justify-content:space-between;gap:1rem;padding:.5rem .85rem;border:1px solid var(--line);border-radius:8px;background:var(--panel);text-decoration:none}
.types a:hover{border-color:var(--accent)}
.types .count{color:var(--text);font-variant-numeric:tabular-nums}
.names{columns:14rem;list-style:none;padding:0;margin:.75rem 0}
.box,.json,.narrative{border:1px solid var(--line);border-radius:8px;background:var(--panel);padding:.85rem 1.1rem;margin:0 0 .75rem}
.json,.snippet{white-space:pre-wrap;overflow-wrap:anywhere;tab-size:2;line-height:1.55}
.snippet{border:1px solid var(--line);border-radius:8px;background:var(--panel);padding:.7rem 1.1rem;margin:.5rem 0}
.k{color:var(--key)}.s{color:var(--string);unicode-bidi:isolate}.json a{unicode-bidi:isolate}.n{color:var(--number)}.l{color:var(--literal)}
.narrative{background:var(--back);overflow-x:auto}
.narrative table{border-collapse:collapse}
.narrative th,.narrative td{border:1px solid var(--line);padding:.25rem .6rem;text-align:left}
.narrative>:first-child{margin-top:0}
.issue{border-left:4px solid var(--bad);background:var(--bad-back);padding:.65rem 1rem;border-radius:0 8px 8px 0;margin:.75rem 0}
.issue.mild{border-color:var(--note);background:var(--note-back)}
.issue p{margin:0}
.issue .kind{font-size:.85rem;font-weight:600;color:var(--bad)}
.issue.mild .kind{color:var(--note)}
summary{cursor:pointer;padding:.25rem 0;color:var(--link)}
footer{border-top:1px solid var(--line);color:var(--soft);font-size:.85rem}
footer .wide{padding-top:.8rem;padding-bottom:1.5rem}
@media (min-width:64rem){.data small{white-space:nowrap}}
@media (max-width:40rem){h1{font-size:1.4rem}.wide{padding-left:.9rem;padding-right:.9rem}.data th,.data td{padding:.45rem .6rem}.facts{gap:.4rem 1.4rem}}
@media print{header,footer,form,.links,.pages,.skip{display:none}}
`;

const styleHash = createHash('sha256').update(style).digest('base64');

/**
 * What a page may load: its own stylesheet and images that are in it. The second wall behind the escaping: what got through could
 * neither run, nor be styled, nor call anybody.
 * @param origin of the FHIR base, where the search box goes
 */
export const contentPolicy = (origin: string): string =>
  `default-src 'none'; style-src 'sha256-${styleHash}'; img-src data:; form-action 'self'${origin === '' ? '' : ` ${origin}`}; base-uri 'none'; frame-ancestors 'none'`;
