/** Pages for people: whatever the server answers to a browser, readable. Made of the text of the answer; handlers know nothing of it. */
import { isObject, parseJson, type JsonObject } from '../../fhir/json/value.ts';
import type { FhirRequest, FhirResponse } from '../../rest/endpoint.ts';
import { isControl } from '../../rest/parameters.ts';
import { homePage } from './home.ts';
import { html, type Html } from './html.ts';
import { outcomePage } from './issues.ts';
import { colouredJson } from './json.ts';
import { documentOf, linkRow, type Page } from './layout.ts';
import { jsonUrl, targetFinder, type FindTarget, type Place } from './place.ts';
import { resourcePage } from './resource.ts';
import { isResult, resultPage } from './result.ts';
import { typedSearch } from './search-box.ts';
import type { Site } from './site.ts';
import { contentPolicy } from './style.ts';

export interface Pages {
  /**
   * Answers a browser's request: the home page at the base, a redirect for a search that was typed, else what `respond` gives.
   * @throws FhirError as `respond`, and 400 for a typed search that is none
   */
  answer(request: FhirRequest, respond: (request: FhirRequest) => Promise<FhirResponse>): Promise<FhirResponse>;
  /** @returns the same answer as a page; as it is where its body is not JSON */
  shown(response: FhirResponse, place: Place): Promise<FhirResponse>;
  home(base: string): Promise<FhirResponse>;
}

/** Larger answers are not taken apart for a page. */
const largestText = 8 * 2 ** 20;

export function createPages(site: Site): Pages {
  const home = async (base: string): Promise<FhirResponse> => pageResponse({ status: 200, headers: {} }, base, site, await homePage(site, base));
  return {
    home,
    async answer(request, respond) {
      if (request.method !== 'GET' && request.method !== 'HEAD') return respond(request);
      const redirect = typedSearch(request);
      if (redirect !== undefined) return redirect;
      if (request.path.length === 0 && request.parameters.every(([name, value]) => value === '' || isControl(name))) return home(request.base);
      // A page is more than the version that it shows, so that the client's copy of it is never taken as unchanged; and it is made of
      // the answer's text, which must not come compressed.
      const { 'if-none-match': _tag, 'if-modified-since': _time, 'accept-encoding': _coding, ...headers } = request.headers;
      return respond({ ...request, headers });
    },
    async shown(response, place) {
      const { body, headers } = response;
      if (typeof body !== 'string' || headers['content-type'] !== undefined) return response;
      return pageResponse(response, place.base, site, await pageOf(body, response.status, place, site));
    },
  };
}

function pageResponse(response: FhirResponse, base: string, { version }: Site, page: Page): FhirResponse {
  const { etag: _tag, 'last-modified': _time, ...headers } = response.headers;
  const origin = URL.canParse(base) ? new URL(base).origin : '';
  return {
    status: response.status,
    headers: { ...headers, 'content-type': 'text/html; charset=utf-8', 'content-security-policy': contentPolicy(origin), 'referrer-policy': 'same-origin' },
    body: documentOf(base, version, page),
  };
}

async function pageOf(body: string, status: number, place: Place, site: Site): Promise<Page> {
  const value = body.length > largestText ? undefined : parseJson({ bytes: Buffer.from(body), canonicalNumbers: false });
  if (!isObject(value)) return largePage(body, place);
  const findTarget = targetFinder(place.base, site.ownBases, site.definitions.hasResourceType);
  if (isResult(value)) return resultPage(value, place, site, findTarget);
  const content = contentHtml(body, place, findTarget);
  return isAnswer(value, place) ? outcomePage(value, status, place, content) : resourcePage(value, place, site, findTarget, content);
}

/** An OperationOutcome that says how the request went, and not one that is stored and was read. */
const isAnswer = ({ resourceType, id }: JsonObject, { path }: Place): boolean => resourceType === 'OperationOutcome' && !(path[0] === resourceType && id !== undefined);

function contentHtml(body: string, place: Place, findTarget: FindTarget): Html {
  const { html: json, isCut } = colouredJson(body, findTarget);
  const whole = place.isLinkable && html`: <a href="${jsonUrl(place)}">all of it as JSON</a>`;
  return html`<pre class="json"><code>${json}</code></pre>${isCut && html`<p class="issue mild">The text goes on${whole}.</p>`}`;
}

const largePage = (body: string, place: Place): Page => ({ title: 'A large answer', main: html`
<h1>A large answer</h1>
<p>It has ${(body.length / 2 ** 20).toFixed(1)} million characters, too many for a page.</p>
${place.isLinkable && linkRow([['JSON', jsonUrl(place)]], 'Ways on')}` });
