/** The codes that the generator uses, from LOINC, SNOMED CT, RxNorm, CVX, UCUM and HL7's own systems. */

export interface Coding {
  readonly system: string;
  readonly code: string;
  readonly display: string;
}

const of = (system: string) => (code: string, display: string): Coding => ({ system, code, display });
const loinc = of('http://loinc.org');
const snomed = of('http://snomed.info/sct');
const rxnorm = of('http://www.nlm.nih.gov/research/umls/rxnorm');
const cvx = of('http://hl7.org/fhir/sid/cvx');
export const hl7 = (name: string, code: string, display: string): Coding => ({ system: `http://terminology.hl7.org/CodeSystem/${name}`, code, display });

export const concept = (coding: Coding): { coding: Coding[]; text: string } => ({ coding: [coding], text: coding.display });

/** A measurement: its code, its unit as UCUM and as people write it, and the digits behind the point. */
export interface Measure {
  readonly code: Coding;
  readonly ucum: string;
  readonly unit: string;
  readonly digits: number;
}

const measure = (code: Coding, ucum: string, unit: string, digits: number): Measure => ({ code, ucum, unit, digits });

export const vitals = {
  height: measure(loinc('8302-2', 'Body height'), 'cm', 'cm', 1),
  weight: measure(loinc('29463-7', 'Body weight'), 'kg', 'kg', 1),
  bmi: measure(loinc('39156-5', 'Body mass index (BMI) [Ratio]'), 'kg/m2', 'kg/m2', 2),
  heartRate: measure(loinc('8867-4', 'Heart rate'), '/min', '/min', 0),
  respiratoryRate: measure(loinc('9279-1', 'Respiratory rate'), '/min', '/min', 0),
  temperature: measure(loinc('8310-5', 'Body temperature'), 'Cel', 'Cel', 1),
  systolic: measure(loinc('8480-6', 'Systolic blood pressure'), 'mm[Hg]', 'mm[Hg]', 0),
  diastolic: measure(loinc('8462-4', 'Diastolic blood pressure'), 'mm[Hg]', 'mm[Hg]', 0),
} as const;
export const bloodPressure = loinc('85354-9', 'Blood pressure panel with all children optional');

export const labs = {
  glucose: measure(loinc('2339-0', 'Glucose [Mass/volume] in Blood'), 'mg/dL', 'mg/dL', 1),
  hba1c: measure(loinc('4548-4', 'Hemoglobin A1c/Hemoglobin.total in Blood'), '%', '%', 2),
  creatinine: measure(loinc('2160-0', 'Creatinine [Mass/volume] in Serum or Plasma'), 'mg/dL', 'mg/dL', 2),
  cholesterol: measure(loinc('2093-3', 'Cholesterol [Mass/volume] in Serum or Plasma'), 'mg/dL', 'mg/dL', 0),
  triglycerides: measure(loinc('2571-8', 'Triglyceride [Mass/volume] in Serum or Plasma'), 'mg/dL', 'mg/dL', 0),
  hdl: measure(loinc('2085-9', 'Cholesterol in HDL [Mass/volume] in Serum or Plasma'), 'mg/dL', 'mg/dL', 0),
  ldl: measure(loinc('18262-6', 'Cholesterol in LDL [Mass/volume] in Serum or Plasma by Direct assay'), 'mg/dL', 'mg/dL', 0),
} as const;
export const lipidPanel = loinc('57698-3', 'Lipid panel with direct LDL - Serum or Plasma');
export const smokingStatus = loinc('72166-2', 'Tobacco smoking status');
export const smoking = [snomed('266919005', 'Never smoked tobacco'), snomed('8517006', 'Ex-smoker'), snomed('77176002', 'Smoker')] as const;

export const conditions = {
  hypertension: snomed('38341003', 'Hypertensive disorder, systemic arterial'),
  diabetes: snomed('44054006', 'Diabetes mellitus type 2'),
  asthma: snomed('195967001', 'Asthma'),
  hyperlipidemia: snomed('55822004', 'Hyperlipidemia'),
  obesity: snomed('414916001', 'Obesity'),
} as const;
export const acute = [snomed('444814009', 'Viral sinusitis'), snomed('10509002', 'Acute bronchitis'), snomed('195662009', 'Acute viral pharyngitis'), snomed('65363002', 'Otitis media')] as const;

export const medications = {
  metformin: rxnorm('860975', '24 HR metformin hydrochloride 500 MG Extended Release Oral Tablet'),
  lisinopril: rxnorm('314076', 'lisinopril 10 MG Oral Tablet'),
  amlodipine: rxnorm('197361', 'amlodipine 5 MG Oral Tablet'),
  simvastatin: rxnorm('312961', 'simvastatin 20 MG Oral Tablet'),
  albuterol: rxnorm('745752', '200 ACTUAT albuterol 0.09 MG/ACTUAT Metered Dose Inhaler'),
  acetaminophen: rxnorm('313782', 'acetaminophen 325 MG Oral Tablet'),
} as const;

export const vaccines = {
  hepatitisB: cvx('08', 'Hep B, adolescent or pediatric'),
  polio: cvx('10', 'IPV'),
  dtap: cvx('20', 'DTaP'),
  mmr: cvx('03', 'MMR'),
  varicella: cvx('21', 'varicella'),
  influenza: cvx('140', 'Influenza, seasonal, injectable, preservative free'),
  tetanus: cvx('113', 'Td (adult), 5 Lf tetanus toxoid, preservative free, adsorbed'),
  pneumococcus: cvx('33', 'pneumococcal polysaccharide PPV23'),
} as const;

export const allergies = [
  { code: snomed('91936005', 'Allergy to penicillin'), category: 'medication', reaction: snomed('271807003', 'Eruption of skin') },
  { code: snomed('91935009', 'Allergy to peanut'), category: 'food', reaction: snomed('39579001', 'Anaphylaxis') },
  { code: snomed('300916003', 'Latex allergy'), category: 'environment', reaction: snomed('271807003', 'Eruption of skin') },
] as const;

export const procedures = {
  colonoscopy: snomed('73761001', 'Colonoscopy'),
  appendectomy: snomed('80146002', 'Excision of appendix'),
  reconciliation: snomed('430193006', 'Medication reconciliation'),
} as const;

export const encounters = {
  checkUp: snomed('185349003', 'Encounter for check up'),
  symptom: snomed('185345009', 'Encounter for symptom'),
} as const;
