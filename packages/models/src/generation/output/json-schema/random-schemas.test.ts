import { isIPv4 } from 'node:net';
import { xoshiro128, type TunesmithError } from '@tunesmith/schema';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { randomSchemas } from '../../../../test-support/random-schemas.ts';
import { isAdmitted, pieceTokenizer, randomText } from '../../../../test-support/random-text.ts';
import { outputGuide } from '../output.ts';

const tokenizer = pieceTokenizer();
const count = Number(process.env['TUNESMITH_RANDOM_SCHEMAS'] ?? 300);

describe(`${count} random schemas`, () => {
  const ajv = new Ajv2020({ strict: false, multipleOfPrecision: 9 });
  ajv.addFormat('date', (text) => /^[\d-]{10}$/.test(text) && !Number.isNaN(Date.parse(text)));
  ajv.addFormat('time', (text) => !Number.isNaN(Date.parse(`2000-01-01T${text}`)));
  ajv.addFormat('uuid', /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i);
  ajv.addFormat('ipv4', (text) => isIPv4(text));
  ajv.addFormat('email', /^[^@\s]+@[^@\s]+$/);
  ajv.addFormat('uri', /^[a-z][a-z\d+.-]*:\S+$/i);

  test('are kept to by every text, and leave every valid value that is written in their order', () => {
    const seen = { texts: 0, valid: 0, invalid: 0, refused: 0 };
    for (let seed = 0; seed < count; seed++) {
      const random = xoshiro128(seed);
      const { schema, value, hasNegation } = randomSchemas(random)(3);
      const isValid = ajv.compile(schema);
      const output = { schema };
      const shown = (text: string): string => `seed ${seed}: ${text} of ${JSON.stringify(schema)}`;
      const values = Array.from({ length: 8 }, value);
      try {
        outputGuide(output, tokenizer);
      } catch (error) {
        const { code } = error as TunesmithError;
        seen.refused += 1;
        // What has a value is refused for what it says, not as impossible.
        if (code === 'impossible-output' && !hasNegation)
          for (const one of values) expect(isValid(one), shown(JSON.stringify(one))).toBe(false);
        continue;
      }
      for (const one of values) {
        const text = JSON.stringify(one);
        const valid = isValid(one);
        seen[valid ? 'valid' : 'invalid'] += 1;
        if (valid && !hasNegation)
          expect(isAdmitted(output, tokenizer, text), shown(text)).toBe(true);
        if (!valid) expect(isAdmitted(output, tokenizer, text), shown(text)).toBe(false);
      }
      for (let i = 0; i < 3; i++) {
        const text = randomText(output, tokenizer, random, 150);
        seen.texts += 1;
        expect(isValid(JSON.parse(text)), shown(text)).toBe(true);
      }
    }
    expect(seen.valid).toBeGreaterThan(count);
    expect(seen.invalid).toBeGreaterThan(count);
    expect(seen.refused).toBeLessThan(count / 5);
  });
});
