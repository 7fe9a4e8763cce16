import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { pythonFloat, pythonJson } from './python-json.ts';
import { peftFixtures } from './test-support/base-models.ts';

describe('pythonJson', () => {
  it('sorts keys, indents by two and ends without a newline', () => {
    expect(pythonJson({ b: [1, 'x'], a: { d: null, c: true }, e: [], f: {} })).toBe(
      '{\n  "a": {\n    "c": true,\n    "d": null\n  },\n  "b": [\n    1,\n    "x"\n  ],\n  "e": [],\n  "f": {}\n}',
    );
  });

  // The right column is what Python 3.11 prints.
  it.each([
    [0, '0.0'],
    [-0, '-0.0'],
    [16, '16.0'],
    [0.1, '0.1'],
    [0.0001, '0.0001'],
    [0.00001, '1e-05'],
    [1.5e-7, '1.5e-07'],
    [1e15, '1000000000000000.0'],
    [1e16, '1e+16'],
    [1.25e22, '1.25e+22'],
  ])('writes the float %d as %s', (value, text) => {
    expect(pythonJson(pythonFloat(value))).toBe(text);
  });

  it('writes whole numbers as integers and others as floats', () => {
    expect(pythonJson([16, 4.5, 0.00002])).toBe('[\n  16,\n  4.5,\n  2e-05\n]');
  });

  it('escapes everything outside ASCII', () => {
    expect(pythonJson({ ü: 'naïve "😀"\n' })).toBe(
      '{\n  "\\u00fc": "na\\u00efve \\"\\ud83d\\ude00\\"\\n"\n}',
    );
  });

  it('writes a configuration of PEFT back to the byte', () => {
    const text = readFileSync(
      `${peftFixtures}llama_lora_rslora_pattern/adapter_config.json`,
      'utf8',
    );
    const value = JSON.parse(text) as Record<string, unknown>;
    // JSON.parse loses the one thing that only the writer knows: that the dropout is a float.
    expect(pythonJson({ ...value, lora_dropout: pythonFloat(0) })).toBe(text);
  });

  it('refuses what JSON has no form for', () => {
    expect(() => pythonJson(Number.NaN)).toThrow(RangeError);
    expect(() => pythonJson({ f: () => 1 })).toThrow(TypeError);
  });
});
