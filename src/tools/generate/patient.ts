/** One patient's life as a chart: yearly visits with vital signs, growth, chronic and acute illness, laboratory, vaccines. */
import type { Resource } from './bundle.ts';
import { reference } from './bundle.ts';
import type { CareProviders } from './care-providers.ts';
import { createChart, instant, type Chart, type Visit } from './chart.ts';
import { acute, allergies, conditions, encounters, labs, lipidPanel, medications, procedures, smoking, smokingStatus, vaccines, vitals } from './codes.ts';
import { cities, families, given, streets } from './names.ts';
import { createRandom, type Random } from './random.ts';

/** The day on which all charts end: a clock would make every run another. */
const today = Date.UTC(2026, 0, 15);
const day = 86_400_000;
const year = 365.25 * day;
/** Years that a chart goes back. */
const recorded = 8;

interface Person {
  readonly random: Random;
  readonly born: number;
  readonly gender: 'female' | 'male';
  readonly adultHeight: number;
  readonly adultBmi: number;
  readonly has: Readonly<Record<keyof typeof conditions, boolean>>;
}

/** @returns the patient and everything about it, in an order in which each refers to what stands before */
export function patientChart(seed: string, n: number, { practices }: CareProviders): Resource[] {
  const random = createRandom(`${seed} patient ${n}`);
  const person = createPerson(random, n);
  const practice = random.pick(practices);
  const { resource, name } = patientResource(person, n, practice);
  const chart = createChart({ random, patient: resource, patientName: name, practice });
  const known = new Map<keyof typeof conditions, Resource>();
  const first = Math.max(person.born + 30 * day, today - recorded * year);
  let hasAllergy = random.chance(0.25);
  for (let time = first; time < today; time += year) {
    const at = new Date(Math.floor(time / day) * day + (8 * 60 + random.whole(0, 16) * 30) * 60_000);
    const visit = chart.visit(at, encounters.checkUp, 30);
    const age = (at.getTime() - person.born) / year;
    checkUp(chart, visit, person, age);
    diagnose(chart, visit, person, age, known);
    if (age >= 18) laboratory(chart, visit, person, age);
    vaccinate(chart, visit, age, random);
    if (hasAllergy) {
      chart.allergy(visit, random.pick(allergies));
      hasAllergy = false;
    }
    if (age >= 50 && age < 51) chart.procedure(visit, procedures.colonoscopy);
    if (known.size > 0) chart.procedure(visit, procedures.reconciliation);
    if (random.chance(0.35)) illness(chart, new Date(at.getTime() + random.whole(30, 300) * day), random, age);
  }
  return chart.resources;
}

function createPerson(random: Random, n: number): Person {
  // Every fourth is a child, so that a small sample has some.
  const age = n % 4 === 3 ? random.whole(1, 16) : random.whole(19, 88);
  const adultBmi = Math.max(18, random.around(27, 4.5));
  const older = age > 40;
  return {
    random, adultBmi, born: Math.floor((today - age * year - random.whole(0, 364) * day) / day) * day, gender: random.pick(['female', 'male'] as const),
    adultHeight: random.around(171, 8),
    has: {
      hypertension: older && random.chance(0.45), diabetes: older && random.chance(0.3), hyperlipidemia: older && random.chance(0.35), asthma: random.chance(0.12), obesity: adultBmi > 30 && age > 18,
    },
  };
}

function patientResource({ random, born, gender, has }: Person, n: number, practice: CareProviders['practices'][number]): { resource: Resource; name: string } {
  const [family, first] = [random.pick(families), random.pick(given[gender])];
  const middle = random.chance(0.4) ? [random.pick(given[gender])] : [];
  const age = (today - born) / year;
  const { city, state, postalCode } = random.pick(cities);
  const number = String(n + 1).padStart(6, '0');
  const died = age > 80 && has.hypertension ? new Date(today - random.whole(1, 20) * day).toISOString().slice(0, 10) : undefined;
  const resource = {
    resourceType: 'Patient', id: random.uuid(),
    identifier: [{
      use: 'usual', type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0203', code: 'MR', display: 'Medical record number' }] }, system: 'http://example.org/mrn', value: `MRN-${number}`,
    }],
    active: died === undefined,
    name: [{ use: 'official', family, given: [first, ...middle] }],
    telecom: [
      { system: 'phone', value: `555-01${String(n % 100).padStart(2, '0')}`, use: 'home' },
      ...(age >= 18 ? [{ system: 'email', value: `patient${number}@example.org` }] : []),
    ],
    gender, birthDate: new Date(born).toISOString().slice(0, 10),
    ...(died !== undefined && { deceasedDateTime: died }),
    address: [{ use: 'home', line: [`${random.whole(1, 180)} ${random.pick(streets)}`], city, state, postalCode, country: 'US' }],
    ...(age >= 18 && {
      maritalStatus: { coding: [random.chance(0.6) ? marital('M', 'Married') : marital('S', 'Never Married')] },
    }),
    communication: [{ language: { coding: [{ system: 'urn:ietf:bcp:47', code: random.chance(0.85) ? 'en-US' : 'es' }] }, preferred: true }],
    generalPractitioner: [reference(practice.practitioner, practice.name)], managingOrganization: reference(practice.organization),
  };
  return { resource, name: `${first} ${family}` };
}

const marital = (code: string, display: string): object => ({ system: 'http://terminology.hl7.org/CodeSystem/v3-MaritalStatus', code, display });

function checkUp(chart: Chart, visit: Visit, { random, adultHeight, adultBmi, has }: Person, age: number): void {
  const grown = age >= 18 ? 1 : 0.3 + 0.7 * (age / 18) ** 0.75;
  const height = adultHeight * grown;
  const bmi = age >= 18 ? adultBmi + random.around(0, 0.6) : 15.5 + (age / 18) * 5 + random.around(0, 0.5);
  const weight = bmi * (height / 100) ** 2;
  chart.measurement(visit, 'vital-signs', vitals.height, height);
  chart.measurement(visit, 'vital-signs', vitals.weight, weight);
  if (age >= 2) chart.measurement(visit, 'vital-signs', vitals.bmi, bmi);
  chart.measurement(visit, 'vital-signs', vitals.heartRate, random.around(age < 2 ? 118 : age < 12 ? 92 : 74, 7));
  chart.measurement(visit, 'vital-signs', vitals.respiratoryRate, random.around(age < 2 ? 30 : age < 12 ? 21 : 15, 1.5));
  chart.measurement(visit, 'vital-signs', vitals.temperature, random.around(36.8, 0.3));
  if (age >= 3) {
    const systolic = random.around(has.hypertension ? 148 : 96 + Math.min(age, 60) * 0.45, 7);
    chart.bloodPressure(visit, systolic, systolic * 0.62 + random.around(0, 3));
  }
  if (age >= 18) chart.finding(visit, smokingStatus, smoking[Math.floor(((adultHeight * 7919) % 1) * smoking.length)]!);
}

const treatments = {
  hypertension: [medications.lisinopril, 'One tablet by mouth daily'], diabetes: [medications.metformin, 'One tablet by mouth with the evening meal'],
  hyperlipidemia: [medications.simvastatin, 'One tablet by mouth at bedtime'], asthma: [medications.albuterol, 'Two puffs every four hours as needed'], obesity: undefined,
} as const;

/** What a person has is found at one of the visits, and treated from then on. */
function diagnose(chart: Chart, visit: Visit, { random, has }: Person, age: number, known: Map<keyof typeof conditions, Resource>): void {
  for (const name of Object.keys(conditions) as (keyof typeof conditions)[]) {
    if (!has[name] || known.has(name) || (name !== 'asthma' && age < 18) || !random.chance(0.6)) continue;
    const condition = chart.condition(visit, conditions[name]);
    known.set(name, condition);
    const treatment = treatments[name];
    if (treatment !== undefined) chart.medication(visit, treatment[0], condition, true, treatment[1]);
    if (name === 'hypertension' && random.chance(0.3)) chart.medication(visit, medications.amlodipine, condition, true, 'One tablet by mouth daily');
  }
}

function laboratory(chart: Chart, visit: Visit, { random, has }: Person, age: number): void {
  const lab = (measure: (typeof labs)[keyof typeof labs], value: number): Resource => chart.measurement(visit, 'laboratory', measure, value);
  lab(labs.glucose, random.around(has.diabetes ? 158 : 91, has.diabetes ? 22 : 6));
  lab(labs.hba1c, random.around(has.diabetes ? 7.6 : 5.3, has.diabetes ? 0.7 : 0.2));
  lab(labs.creatinine, random.around(0.92 + age / 400, 0.1));
  const [triglycerides, hdl, ldl] = [random.around(has.hyperlipidemia ? 190 : 115, 18), random.around(54, 7), random.around(has.hyperlipidemia ? 162 : 102, 14)];
  chart.report(visit, lipidPanel, [
    lab(labs.cholesterol, hdl + ldl + triglycerides / 5), lab(labs.triglycerides, triglycerides), lab(labs.hdl, hdl), lab(labs.ldl, ldl),
  ]);
}

function vaccinate(chart: Chart, visit: Visit, age: number, random: Random): void {
  if (age < 1) for (const vaccine of [vaccines.hepatitisB, vaccines.polio, vaccines.dtap]) chart.vaccination(visit, vaccine);
  else if (age < 2) for (const vaccine of [vaccines.mmr, vaccines.varicella, vaccines.dtap]) chart.vaccination(visit, vaccine);
  else if (age >= 4 && age < 5) for (const vaccine of [vaccines.polio, vaccines.mmr]) chart.vaccination(visit, vaccine);
  else if (random.chance(0.7)) chart.vaccination(visit, vaccines.influenza);
  if (age >= 18 && Math.floor(age) % 10 === 0) chart.vaccination(visit, vaccines.tetanus);
  if (age >= 65 && age < 66) chart.vaccination(visit, vaccines.pneumococcus);
}

function illness(chart: Chart, at: Date, random: Random, age: number): void {
  if (at.getTime() >= today) return;
  const visit = chart.visit(at, encounters.symptom, 15);
  const condition = chart.condition(visit, random.pick(acute), instant(new Date(at.getTime() + random.whole(7, 21) * day)));
  chart.measurement(visit, 'vital-signs', vitals.temperature, random.around(38.1, 0.4));
  if (age >= 12) chart.medication(visit, medications.acetaminophen, condition, false, 'Two tablets by mouth every six hours as needed');
}
