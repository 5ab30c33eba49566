/**
 * Hooks for Verbatim, one of each kind: `HOOKS=examples/hooks.mjs npm start`.
 * @type {import('../src/hooks.ts').Hooks}
 */
const hooks = {
  /** Patients are never deleted, alone or in a Bundle. */
  authorise({ method, path: [type] }, { refuse }) {
    if (method === 'DELETE' && type === 'Patient') throw refuse(403, 'Patients are not deleted here');
  },

  /** A consent that is withdrawn leaves a record of it, or nothing happens. */
  async beforeCommit(writes, { read, requestId }) {
    const records = [];
    for (const { method, type, id, text } of writes) {
      if (type !== 'Consent' || method === 'DELETE') continue;
      const before = await read(type, id);
      if (JSON.parse(text).status !== 'inactive' || before === undefined || JSON.parse(before).status !== 'active') continue;
      records.push({
        resourceType: 'AuditEvent',
        type: { system: 'http://terminology.hl7.org/CodeSystem/audit-event-type', code: 'rest' },
        recorded: new Date().toISOString(),
        agent: [{ requestor: true, name: `request ${requestId}` }],
        source: { observer: { display: 'Verbatim' } },
        entity: [{ what: { reference: `Consent/${id}` }, description: 'Consent withdrawn' }],
      });
    }
    return records;
  },

  /** Someone else is told what has changed; a version is known by its resource's type and id, and its number. */
  afterCommit(changes, { requestId }) {
    for (const { method, type, id, version } of changes) process.stdout.write(`${requestId} ${method} ${type}/${id}/_history/${version}\n`);
  },
};

export default hooks;
