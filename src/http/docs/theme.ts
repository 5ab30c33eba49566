/** How Swagger UI looks here: the name of the server on top as on its pages, more of a search on a page, and what is seldom read kept small. */

export const logo = `<svg xmlns="http://www.w3.org/2000/svg" width="120" height="40" viewBox="0 0 120 40">
<text x="2" y="27" font-family="system-ui, sans-serif" font-size="21" font-weight="700" fill="#fff"><tspan fill="#7db8ff">V</tspan>erbatim</text>
</svg>`;

/** Colours are left to Swagger UI's light and dark modes, but for the bar on top. */
export const style = `
.swagger-ui .topbar { background: #12263f; padding: 6px 0; position: sticky; top: 0; z-index: 2; }
.swagger-ui .topbar select { border-color: #7db8ff !important; cursor: pointer; }
.swagger-ui .topbar :focus-visible, .swagger-ui button:focus-visible { outline: 2px solid #7db8ff; outline-offset: 2px; }
.swagger-ui .info { margin: 24px 0 8px; }
.swagger-ui .info .title { font-size: 30px; }
.swagger-ui .info p { margin: 4px 0; max-width: 75em; }
/* One server, which is this one. */
.swagger-ui .scheme-container { display: none; }
.swagger-ui .opblock-tag { font-size: 18px; padding: 6px 16px 6px 4px; margin: 12px 0 4px; }
.swagger-ui .opblock { margin: 0 0 6px; box-shadow: none; scroll-margin-top: 64px; }
.swagger-ui .opblock.opblock-head { border-color: #8a949e; background: transparent; }
.swagger-ui .opblock.opblock-head .opblock-summary-method { background: #66707a; }
.swagger-ui .opblock .opblock-summary-path { max-width: none; }
/* Thirty parameters fit on two screens: name, what it is, and its field beside each other. */
.swagger-ui .table-container { padding: 8px 20px; }
.swagger-ui table.parameters tbody tr td { padding: 6px 0; border-top: 1px solid rgba(128, 128, 128, .18); }
.swagger-ui table.parameters tbody tr td:first-of-type { width: 170px; min-width: 170px; max-width: 170px; padding-right: 12px; }
.swagger-ui .parameter__name { font-size: 14px; font-weight: 600; overflow-wrap: anywhere; }
.swagger-ui .parameter__type, .swagger-ui .parameter__in { display: inline; font-size: 11px; padding: 0 4px 0 0; }
.swagger-ui .parameter__deprecated:empty { display: none; }
.swagger-ui .parameters-col_description { font-size: 13px; }
.swagger-ui .parameters-col_description .markdown p, .swagger-ui .parameters-col_description .renderedMarkdown p { margin: 0 0 4px; font-size: 13px; }
.swagger-ui .parameters-col_description .renderedMarkdown code { font-size: 12px; font-weight: 400; color: inherit; background: rgba(128, 128, 128, .15); }
.swagger-ui .parameters-col_description input, .swagger-ui .parameters-col_description select { margin: 0 0 2px; padding: 5px 8px; }
.swagger-ui .parameters-col_description .btn { padding: 3px 12px; }
.swagger-ui .parameters-col_description textarea { min-height: 60px; height: 60px; font-family: monospace; }
.swagger-ui .body-param__text { min-height: 320px; }
.swagger-ui .response-col_description .example .microlight, .swagger-ui .response-col_description .highlight-code pre { max-height: 240px; }
/* The answer that came is what was asked for: it may be long. */
.swagger-ui .live-responses-table .highlight-code pre { max-height: 60vh; }
.swagger-ui .response-col_links { display: none; }
/* Errors are one line each: they all have an OperationOutcome, which is shown once, with the default. */
.swagger-ui .response[data-code^="4"] .model-example, .swagger-ui .response:not([data-code^="2"]) .response-controls { display: none; }
.swagger-ui .responses-table .response td { padding: 6px 0; }
.swagger-ui .response-col_description .renderedMarkdown p { margin: 0; font-size: 13px; }
.swagger-ui .headers-wrapper { padding: 4px 0; }
/* The form of a search: an empty value is none. */
.swagger-ui .opblock-section-request-body .parameter__empty_value_toggle { display: none; }
.swagger-ui .opblock-section-request-body .parameters-col_name { width: 170px; min-width: 170px; padding-right: 12px; }
`;
