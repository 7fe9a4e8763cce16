import { expect, test } from 'vitest';
import { unloaded } from './loader.ts';

test('where ONNX Runtime is not installed, the error says what to type', () => {
  const cause = Object.assign(new Error("Cannot find package 'onnxruntime-node' imported from x"), {
    code: 'ERR_MODULE_NOT_FOUND',
  });
  expect(unloaded(cause).message).toBe(
    '[@tunesmith/runtime] the package onnxruntime-node is not installed; accepted: install it: ONNXRUNTIME_NODE_INSTALL=skip npm install onnxruntime-node@1.30.0',
  );
});

test('where it is installed and does not load, the error keeps the reason', () => {
  const { message, code } = unloaded(new Error('libstdc++.so.6: version not found'));
  expect(message).toContain('ONNX Runtime does not load: libstdc++.so.6: version not found');
  expect(code).toBe('device-unavailable');
});
