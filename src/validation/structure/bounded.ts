/**
 * JSON Schema's `items` and `additionalProperties`, which end when enough faults have been found: else a list of a million wrong elements
 * would be a million error objects.
 */
import { _, type Ajv, type KeywordCxt } from 'ajv';

/** Faults after which a loop ends; an outcome shows fewer. */
export const enough = 200;

export function boundLoops(ajv: Ajv): void {
  ajv.removeKeyword('items').addKeyword({
    keyword: 'items', type: 'array', schemaType: 'object',
    code(cxt: KeywordCxt) {
      const { gen, data } = cxt;
      const valid = gen.name('valid');
      gen.forRange('i', 0, _`${data}.length`, (i) => {
        cxt.subschema({ keyword: 'items', dataProp: i, dataPropType: 0 }, valid);
        gen.if(_`errors >= ${enough}`, () => gen.break());
      });
    },
  });
  ajv.removeKeyword('additionalProperties').addKeyword({
    keyword: 'additionalProperties', type: 'object', schemaType: 'boolean',
    error: { message: 'is unknown', params: ({ params }) => _`{additionalProperty: ${params['additionalProperty']}}` },
    code(cxt: KeywordCxt) {
      const { gen, data } = cxt;
      const known = gen.scopeValue('func', { ref: new Set(Object.keys(cxt.parentSchema['properties'] as object)) });
      gen.forIn('key', data, (key) => {
        gen.if(_`!${known}.has(${key})`, () => {
          cxt.setParams({ additionalProperty: key }, true);
          cxt.error();
          gen.if(_`errors >= ${enough}`, () => gen.break());
        });
      });
    },
  });
}
