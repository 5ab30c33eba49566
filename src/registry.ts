/** Everything that the server can be asked for. What is not in this list is neither routed nor advertised. */
import { capabilities } from './interactions/capabilities.ts';
import { create } from './interactions/create.ts';
import { conditionalDelete, deleteInteraction } from './interactions/delete.ts';
import { deleteHistory, deleteHistoryVersion } from './interactions/delete-history.ts';
import { historyInstance, historySystem, historyType } from './interactions/history.ts';
import { jobCancel, jobStatus } from './interactions/job.ts';
import { conditionalPatch, patch } from './interactions/patch.ts';
import { read } from './interactions/read.ts';
import { searchCompartment, searchCompartmentByPost } from './interactions/search-compartment.ts';
import { searchSystem, searchSystemByPost } from './interactions/search-system.ts';
import { searchType, searchTypeByPost } from './interactions/search-type.ts';
import { transaction } from './interactions/transaction.ts';
import { conditionalUpdate, update } from './interactions/update.ts';
import { vread } from './interactions/vread.ts';
import { docref } from './operations/docref.ts';
import { encounterEverything, patientEverything } from './operations/everything.ts';
import { meta } from './operations/meta.ts';
import { metaAdd } from './operations/meta-add.ts';
import { metaDelete } from './operations/meta-delete.ts';
import { purge } from './operations/purge.ts';
import { reindex } from './operations/reindex.ts';
import { validate } from './operations/validate.ts';
import { validateStored } from './operations/validate-stored.ts';
import type { Endpoint } from './rest/endpoint.ts';

export const registry: readonly Endpoint[] = [
  capabilities,
  read, vread, update, conditionalUpdate, patch, conditionalPatch, deleteInteraction, conditionalDelete, create,
  historyInstance, historyType, historySystem,
  searchType, searchTypeByPost, searchCompartment, searchCompartmentByPost, searchSystem, searchSystemByPost,
  transaction,
  patientEverything, encounterEverything,
  validate,
  meta, metaAdd, metaDelete,
  docref,
  purge, deleteHistory, deleteHistoryVersion,
  reindex, validateStored, jobStatus, jobCancel,
];
