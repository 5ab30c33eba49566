/** A transaction that shows what one is for: entries that refer to each other before they have ids. R4: http.html#trules. */
const patient = 'urn:uuid:0c3a6a3e-8f5e-4b53-9d6c-2f6f0a1c7e10';

export const sampleTransaction = {
  resourceType: 'Bundle',
  type: 'transaction',
  entry: [
    {
      fullUrl: patient,
      resource: {
        resourceType: 'Patient',
        identifier: [{ system: 'http://example.org/patients', value: 'sample' }],
        name: [{ family: 'Sample', given: ['Ada'] }],
        gender: 'female',
        birthDate: '1990-04-01',
      },
      // A second run finds the patient of the first one.
      request: { method: 'POST', url: 'Patient', ifNoneExist: 'identifier=http://example.org/patients|sample' },
    },
    {
      fullUrl: 'urn:uuid:6a1d2a0b-3f0e-4b0b-8a55-0f7c4b1d9a21',
      resource: {
        resourceType: 'Observation',
        status: 'final',
        code: { coding: [{ system: 'http://loinc.org', code: '8867-4', display: 'Heart rate' }] },
        subject: { reference: patient },
        effectiveDateTime: '2026-01-15T09:30:00Z',
        valueQuantity: { value: 72, unit: 'beats/minute', system: 'http://unitsofmeasure.org', code: '/min' },
      },
      request: { method: 'POST', url: 'Observation' },
    },
  ],
};
