/**
 * Validation by profiles: each is compiled once, when it is first asked for. Structure (properties, JSON types, primitives' forms) is taken
 * as right; what is asked here goes beyond it. R4: profiling.html, validation.html.
 */
import type { Definitions } from '../../fhir/definitions.ts';
import { isObject, type JsonObject } from '../../fhir/json/value.ts';
import type { IssueSeverity } from '../../fhir/outcome.ts';
import type { Concepts } from '../../terminology/concepts.ts';
import { typeUrl, withoutVersion, type StructureSource } from '../snapshot/element.ts';
import { createSnapshots } from '../snapshot/generate.ts';
import type { ElementNode } from '../snapshot/tree.ts';
import type { Compiler, Compiling } from './compiling.ts';
import { contentCheck } from './content.ts';
import { elementsCheck } from './elements.ts';
import { doubles } from './doubles.ts';
import { createInvariants } from './invariants.ts';
import { rootPlace, type Place } from './place.ts';
import { both, report, type Check, type Finding, type Run } from './run.ts';

export interface ProfileValidator {
  /**
   * @param resource whose structure is right
   * @param profiles besides those that meta.profile claims
   * @returns what is found: errors, then warnings, then what cannot be told
   */
  readonly validate: (resource: JsonObject, profiles?: readonly string[]) => Finding[];
  /**
   * Compiles a profile that has not been asked for yet.
   * @returns what of it cannot be used, in one line each; undefined where it is not known
   */
  readonly compile: (url: string) => readonly string[] | undefined;
  /** Whether resources can be held to a profile: it is known, and has a snapshot. */
  readonly canUse: (url: string) => boolean;
}

export interface ValidatorOptions {
  readonly definitions: Definitions;
  readonly source: StructureSource;
  readonly concepts: Concepts;
  /** `key expression` of the invariants that R4's types have. */
  readonly ofR4: () => ReadonlySet<string>;
}

export function createProfileValidator({ definitions, source, concepts, ofR4 }: ValidatorOptions): ProfileValidator {
  const profiles = new Map<string, Check | undefined>();
  const types = new Map<string, Check>();
  const faults = new Map<string, string[]>();
  const compiler: Compiler = {
    definitions, source, concepts,
    snapshots: createSnapshots(source),
    invariants: createInvariants(concepts, ofR4),
    type: (code) => {
      const known = types.get(code);
      if (known !== undefined) return known;
      // Types are made of one another: each is compiled when a value of it is first met.
      const box: { check?: Check | undefined; isMade?: true } = {};
      const check: Check = (value, extra, place, run) => {
        if (box.isMade === undefined) [box.check, box.isMade] = [profile(typeUrl(code)), true];
        box.check?.(value, extra, place, run);
      };
      types.set(code, check);
      return check;
    },
    profile: (url) => profile(withoutVersion(url)),
    resource: (value, _, place, run) => {
      if (isObject(value)) validateInner(value, place, run);
    },
    content: contentCheck,
    fault: () => {},
  };

  const profile = (url: string): Check | undefined => {
    if (profiles.has(url)) return profiles.get(url);
    profiles.set(url, undefined);
    const found: string[] = [];
    faults.set(url, found);
    try {
      const root = compiler.snapshots.tree(url);
      if (root !== undefined) profiles.set(url, compiled(url, root, { ...compiler, fault: (message) => found.push(message) }));
    } catch (error) {
      found.push((error as Error).message);
    }
    return profiles.get(url);
  };

  const validateInner = (resource: JsonObject, place: Place, run: Run, asked: readonly string[] = []): void => {
    const type = String(resource['resourceType']);
    const isContained = place.name === 'contained';
    const inner: Run = {
      ...run, resource,
      root: isContained ? run.root : resource,
      bundles: type === 'Bundle' ? [resource, ...run.bundles] : run.bundles,
    };
    const checks = [...new Set([...asked, ...claimed(resource)])].flatMap((canonical) => {
      const check = known(canonical);
      // A claim may be about what others know; a question is to be answered.
      const severity = asked.includes(canonical) ? 'error' : 'warning';
      if (check === undefined) report(run, severity, 'not-found', place, `${type}: ${whyNot(canonical)}`);
      else for (const fault of faults.get(withoutVersion(canonical)) ?? []) report(run, 'warning', 'not-supported', place, `${type}: the profile ${canonical} has been checked in part: ${fault}`);
      return check !== undefined && isOfType(withoutVersion(canonical), type, place, run) ? [check] : [];
    });
    if (checks.length === 0) checks.push(compiler.type(type));
    for (const check of checks) check(resource, undefined, place, inner);
  };

  /** A profile in another version is another profile. */
  const known = (canonical: string): Check | undefined => {
    const url = withoutVersion(canonical);
    const version = source.definition(url)?.version;
    return url === canonical || version === undefined || canonical === `${url}|${version}` ? profile(url) : undefined;
  };

  const whyNot = (canonical: string): string => {
    const url = withoutVersion(canonical);
    const definition = source.definition(url);
    if (definition === undefined) return `the profile ${canonical} is not known here, and has not been checked`;
    const [fault] = faults.get(url) ?? [];
    return fault === undefined ? `the profile ${canonical} is known here in version ${String(definition.version)}, and has not been checked`
      : `the profile ${canonical} cannot be used, and has not been checked: ${fault}`;
  };

  const isOfType = (url: string, type: string, place: Place, run: Run): boolean => {
    const of = source.definition(url)?.type;
    const fits = of === type || of === 'Resource' || of === 'DomainResource';
    if (!fits) report(run, 'error', 'structure', place, `${type}: the profile ${url} is one of ${of}`);
    return fits;
  };

  return {
    validate: (sent, asked = []) => {
      const resource = doubles(sent) as JsonObject;
      const issues: Finding[] = [];
      const run: Run = { resource, root: resource, bundles: [], issues, said: new Set(), hops: 0, known: new Map() };
      validateInner(resource, rootPlace(String(resource['resourceType']), resource), run, asked);
      return issues.toSorted((a, b) => ranks[a.severity] - ranks[b.severity]);
    },
    compile: (canonical) => {
      const url = withoutVersion(canonical);
      if (source.definition(url) === undefined) return undefined;
      profile(url);
      return faults.get(url)!;
    },
    canUse: (canonical) => known(canonical) !== undefined,
  };
}

/** What refuses a resource comes first. */
const ranks: Readonly<Record<IssueSeverity, number>> = { fatal: 0, error: 0, warning: 1, information: 2 };

/** The profiles that a resource says that it conforms to. */
function claimed({ meta }: JsonObject): string[] {
  const profile = isObject(meta) ? meta['profile'] : undefined;
  return Array.isArray(profile) ? profile.filter((url) => typeof url === 'string') : [];
}

/** A definition as a whole: what it asks of the value itself, and of the elements. */
function compiled(url: string, root: ElementNode, compiler: Compiler): Check {
  const isType = url === typeUrl(root.name);
  const prefix = isType ? '' : `${url.slice(url.lastIndexOf('/') + 1)} `;
  const compiling: Compiling = { ...compiler, root, prefix };
  const label = `${prefix}${root.name}`;
  const self = { ...root, children: [], slices: [], element: { ...root.element, type: [], binding: undefined } } as unknown as ElementNode;
  const own = contentCheck({ node: self, label, path: root.name, except: new Set() }, [{ code: 'Element' }], { ...compiling, type: () => () => {} });
  return both(own, elementsCheck({ label, path: root.name }, root.children, compiling)) ?? (() => {});
}
