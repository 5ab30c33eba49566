/** HAPI FHIR JPA as a target: the war of its public starter, on the same Postgres. README.md has more. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, launch } from '../../target/process.ts';
import type { Target } from '../../target/target.ts';

/** With the settings of Health Samurai's benchmark, or as the starter comes. */
export const configurations = { hapi: 'health-samurai.yaml', 'hapi-defaults': undefined } as const;

/** A JVM compiles what it runs often; it takes minutes until that is done. */
const warmUp = 180;
/** The first start makes the tables. */
const startLimit = 600;

/**
 * @param war path of the starter's war, one that `java -jar` runs
 * @throws Error where there is none
 */
export function hapi(name: keyof typeof configurations, { war, heap, warmUp: asked }: { war: string; heap: string; warmUp: number | undefined }): Target {
  if (!existsSync(war)) throw new Error(`There is no ${war}: see bench/peers/hapi/README.md`);
  const file = configurations[name];
  const options = [`-Xmx${heap}`, `-Xms${heap}`, '-jar', war];
  return {
    name: name.replaceAll('-', '_'), schema: '', warmUp: asked ?? warmUp,
    description: `the JPA starter, ${options.slice(0, 2).join(' ')}, ${file ?? 'its defaults'}`,
    async start(database, logFile) {
      const port = await freePort();
      const url = new URL(database);
      const started = await launch({
        command: 'java', args: [...options, ...(file === undefined ? [] : [`--spring.config.additional-location=file:${join(import.meta.dirname, file)}`])],
        ready: `http://127.0.0.1:${port}/fhir/metadata`, startLimit, logFile,
        environment: {
          SERVER_ADDRESS: '127.0.0.1', SERVER_PORT: String(port), SPRING_DATASOURCE_URL: `jdbc:postgresql://${url.host}${url.pathname}`, SPRING_DATASOURCE_USERNAME: url.username, SPRING_DATASOURCE_PASSWORD: decodeURIComponent(url.password),
          SPRING_DATASOURCE_DRIVER_CLASS_NAME: 'org.postgresql.Driver', SPRING_JPA_PROPERTIES_HIBERNATE_DIALECT: 'ca.uhn.fhir.jpa.model.dialect.HapiFhirPostgresDialect',
          HIBERNATE_DIALECT: 'ca.uhn.fhir.jpa.model.dialect.HapiFhirPostgresDialect',
        },
      });
      return { ...started, base: new URL(`http://127.0.0.1:${port}/fhir`) };
    },
  };
}
