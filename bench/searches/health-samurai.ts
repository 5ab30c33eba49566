/**
 * The search suite of Health Samurai's public benchmark (github.com/HealthSamurai/fhir-server-performance-benchmark, k6/searchConfig.js):
 * 24 pairs of type and parameter, with its values, modifiers and prefixes. Each value list begins with one that nothing has.
 */
import type { Harvest } from '../data/harvest.ts';

export interface Pair {
  readonly type: string;
  readonly param: string;
  readonly modifiers: readonly string[];
  readonly prefixes: readonly string[];
  readonly values: readonly string[];
}

const none = [''];
const datePrefixes = ['', 'eq', 'lt', 'gt', 'ge', 'le', 'sa', 'eb'];
const quantityPrefixes = ['', 'eq', 'lt', 'gt', 'ge', 'le'];
const words = (text: string, separator = ' '): string[] => text.split(separator).map((word) => word.trim());

const string = (type: string, param: string, values: readonly string[]): Pair => ({ type, param, modifiers: ['', ':contains'], prefixes: none, values });
const date = (type: string, param: string, values: readonly string[]): Pair => ({ type, param, modifiers: none, prefixes: datePrefixes, values });
const quantity = (type: string, param: string, values: readonly string[]): Pair => ({ type, param, modifiers: none, prefixes: quantityPrefixes, values });
const plain = (type: string, param: string, values: readonly string[]): Pair => ({ type, param, modifiers: none, prefixes: none, values });

const category = 'http://terminology.hl7.org/CodeSystem/observation-category';
const actCode = 'http://terminology.hl7.org/CodeSystem/v3-ActCode';
const loinc = 'http://loinc.org';

const fixed: readonly Pair[] = [
  string('Patient', 'name', words('NON-EXISTS Emilia Carolynn Stefan Linh Harold Pilar Ron Garfield Margaretta Giovanna Dione Arron Lanny Harvey Beatriz Donovan Reyes Santiago Kyong Curtis')),
  string('Patient', 'address', words('NON-EXISTS, Raynham, Springfield, Lowell, Southwick, Mashpee, Holbrook, Falmouth, Revere, Sturbridge, Blackstone, Westport, Walpole, Northampton, Fall River, Waltham, Acushnet Center, Newton, Winchester, Maynard', ',')),
  string('Organization', 'name', words(String.raw`NON-EXISTS; ORLEANS MEDICAL CENTER\, P.C.; ENCOMPASS HEALTH BRAINTREE HOSPITAL OF BRAINTREE; STEWARD HOLY FAMILY HOSPITAL INC; THE NORTHEAST HEALTH GROUP\, INC; PLYMOUTH BAY INTERNAL MEDICINE; ART OF CARE INC; T MASSACHUSETTS\, LLC; RIVERBEND OF SOUTH NATICK; NEW ENGLAND PROFESSIONAL HOME HEALTH CARE LLC; HDH CORPORATION; ELARA CARING; OVERLOOK MASONIC HEALTH CENTER; ENCOMPASS HEALTH REHAB HOSPITAL OF WESTERN MASS; PLYMOUTH CARVER PRIMARY CARE\, P.C.; BOSTON HEALTH CARE FOR THE HOMELESS PROGRAM INC; TUFTS MEDICAL CENTER; GREATER LOWELL FAMILY PRACTICE PC; NORTH READING INTERNAL MEDICINE PC`, ';')),
  date('Patient', 'birthdate', words('2070-01-01 1991-05-12 2003-09-14 1916-12-23 1964-04-23 1913-12-30 1978-05-25 2011-01-12 1932-09-05 2007-09-10 1968-12-27 2004-07-19 2018-01-08 2022-05-05 2000-01-18 2013-10-07 1980-06-12 2019-10-23 1954-03-21 1961-09-27 1942-07-18')),
  date('Observation', 'date', words('2070-01-01T00:00:00 2017-01-29T05:36:48 2024-05-30T06:16:35 2016-08-21T14:53:50 2021-01-26T16:56:53 2022-07-28T10:41:20 2021-07-29T06:16:35 2017-10-30T18:53:59 2015-09-05T00:05:56 2017-07-09T06:36:13 2014-12-07T14:53:50 2015-04-23T06:57:55 2023-07-06T04:32:31 2016-09-18T14:53:50 2021-12-30T18:23:17 2019-03-17T05:36:48 2015-09-23T09:33:23 2018-06-02T19:17:08 2023-09-11T03:55:48 2024-06-07T02:18:51 2018-04-12T07:33:57')),
  date('Encounter', 'date', words('2070-01-01 1988-11-29 2017-12-16 2019-08-14 1999-06-26 1962-05-07 1986-09-06 2015-07-09 2015-09-05 2016-12-29 1958-08-07 1990-10-02 2017-11-28 2024-01-22 2019-01-05 2019-08-04 1998-12-05 1990-07-20 2021-02-16 2022-06-24 2017-02-22')),
  plain('Observation', 'category', ['missing-data|for-null-searches', 'laboratory', `${category}|laboratory`, 'vital-signs', 'survey', 'social-history', 'procedure', 'laboratory,vital-signs', 'laboratory,vital-signs,survey']),
  plain('Observation', 'code', ['non-existent-loinc-9999999', ...words('8302-2 29463-7 8480-6 8462-4 8867-4 39156-5 72514-3 718-7'), `${loinc}|8302-2`, `${loinc}|29463-7`, '8302-2,29463-7', '8480-6,8462-4,8867-4']),
  plain('Encounter', 'status', words('missing-status finished in-progress planned arrived cancelled finished,in-progress finished,in-progress,planned')),
  plain('Encounter', 'class', ['missing|class-code', ...words('AMB EMER IMP HH OBSENC WELLNESS'), `${actCode}|AMB`, `${actCode}|EMER`, 'AMB,EMER', 'AMB,EMER,IMP']),
  quantity('Observation', 'value-quantity', words('99999 170 80 30 100 140 200')),
  quantity('Observation', 'component-value-quantity', words('99999 120 80 140 90 100 60')),
  quantity('Observation', 'combo-value-quantity', words('99999 120 170 80 100 140')),
  plain('Observation', 'code-value-quantity', ['non-existent-code$gt0', ...words('8867-4$gt100 8867-4$lt60 8302-2$gt170 29463-7$gt80 29463-7$lt5 39156-5$ge30 2339-0$gt140 2947-0$gt142'), `${loinc}|8867-4$gt100`, `${loinc}|8302-2$gt170`, `${loinc}|39156-5$ge30`]),
  plain('Observation', 'component-code-value-quantity', ['non-existent$gt0', ...words('8480-6$gt140 8480-6$ge180 8480-6$lt100 8462-4$gt90 8462-4$lt60'), `${loinc}|8480-6$gt140`, `${loinc}|8462-4$gt90`]),
  plain('Observation', 'combo-code-value-quantity', ['non-existent$gt0', ...words('8867-4$gt100 8480-6$gt140 8302-2$gt170 29463-7$gt80 39156-5$ge30'), `${loinc}|8480-6$gt140`]),
];

/** Type, parameter, and the type whose ids are asked for. */
const references: readonly (readonly [type: string, param: string, target: string])[] = [
  ['Observation', 'subject', 'Patient'], ['Observation', 'encounter', 'Encounter'], ['Observation', 'performer', 'Practitioner'],
  ['Encounter', 'subject', 'Patient'], ['Encounter', 'participant', 'Practitioner'],
  ['MedicationRequest', 'subject', 'Patient'], ['MedicationRequest', 'encounter', 'Encounter'], ['MedicationRequest', 'requester', 'Practitioner'],
];
const sampledIds = 20;

/** @returns the 24 pairs, those of references with ids of the server */
export const pairs = ({ ids }: Harvest): Pair[] => [
  ...fixed,
  ...references.map(([type, param, target]) => {
    const known = (ids[target] ?? []).slice(0, sampledIds).map((id) => `${target}/${id}`);
    return plain(type, param, [`${target}/non-existent-id`, ...known, known.slice(0, 2).join(), known.slice(0, 3).join()].filter((value) => value !== ''));
  }),
];

export const pairName = ({ type, param }: Pair): string => `${type}.${param}`;

/** @returns every query of a pair */
export const allQueries = ({ type, param, modifiers, prefixes, values }: Pair): string[] =>
  modifiers.flatMap((modifier) => prefixes.flatMap((prefix) => values.map((value) => `${type}?${param}${modifier}=${prefix}${value}&_count=20`)));
