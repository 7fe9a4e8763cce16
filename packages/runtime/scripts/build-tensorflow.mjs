/**
 * Installs `@tensorflow/tfjs-node` where its own install script has nothing to download from: the package from npm, its binding
 * compiled here, against the libtensorflow inside the PyPI wheel `tensorflow-cpu`.
 *
 *     node packages/runtime/scripts/build-tensorflow.mjs [folder]
 *
 * Needs npm, Python with pip, and a C++ compiler, on Linux with an x64 processor. The folder (`.tensorflow` if none is named)
 * takes 900 MB and is kept: a second call finds what is there. A process finds the package through
 * `NODE_PATH=<folder>/node_modules`.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

const version = '4.22.0';
const wheelVersion = '2.21.0';
/** Version of Node's stable binary interface that the package asks for. */
const napi = 8;

const folder = resolve(process.argv[2] ?? '.tensorflow');
const packageFolder = join(folder, 'node_modules/@tensorflow/tfjs-node');
const binding = join(packageFolder, `lib/napi-v${napi}/tfjs_binding.node`);

if (existsSync(binding)) {
  say(`${binding} is there`);
} else {
  mkdirSync(folder, { recursive: true });
  install();
  const wheel = unpackWheel();
  compile(wheel);
  say(`${binding} is built`);
}

function say(line) {
  process.stdout.write(`${line}\n`);
}

function run(command, parameters, options = {}) {
  say(`$ ${command} ${parameters.join(' ')}`);
  execFileSync(command, parameters, { cwd: folder, stdio: 'inherit', ...options });
}

/** The package without its install script, which downloads. */
function install() {
  if (existsSync(packageFolder)) return;
  const quiet = ['--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
  run('npm', ['install', '--prefix', folder, ...quiet, `@tensorflow/tfjs-node@${version}`]);
}

/** Headers and libraries of TensorFlow; returns the folder that holds them. */
function unpackWheel() {
  const wheel = join(folder, 'wheel');
  if (!existsSync(join(wheel, 'tensorflow/include'))) {
    const platform = ['--platform', 'manylinux_2_27_x86_64', '--python-version', '3.11'];
    const only = ['--no-deps', '--only-binary=:all:', ...platform];
    run('python3', [
      '-m',
      'pip',
      'download',
      ...only,
      '-d',
      '.',
      `tensorflow-cpu==${wheelVersion}`,
    ]);
    const file = readdirSync(folder).find((name) => name.endsWith('.whl'));
    run('python3', ['-m', 'zipfile', '-e', file, wheel]);
    rmSync(join(folder, file));
    // What the binding needs are headers and two libraries in one folder of the wheel; the rest is Python.
    for (const name of readdirSync(wheel)) {
      if (name !== 'tensorflow') rmSync(join(wheel, name), { recursive: true });
    }
  }
  return join(wheel, 'tensorflow');
}

/** The binding, with the libraries beside it. */
function compile(wheel) {
  const libraries = join(packageFolder, 'deps/lib');
  mkdirSync(libraries, { recursive: true });
  mkdirSync(dirname(binding), { recursive: true });
  for (const name of ['libtensorflow_cc', 'libtensorflow_framework']) {
    const target = join(libraries, `${name}.so.2`);
    if (!existsSync(target)) renameSync(join(wheel, `${name}.so.2`), target);
  }
  const short = {
    libtensorflow: 'libtensorflow_cc',
    libtensorflow_framework: 'libtensorflow_framework',
  };
  for (const [name, library] of Object.entries(short)) {
    const link = join(libraries, `${name}.so`);
    if (!existsSync(link)) symlinkSync(`${library}.so.2`, link);
  }
  const headers = [join(dirname(dirname(process.execPath)), 'include/node'), '/usr/include/node'];
  const nodeHeaders = headers.find((path) => existsSync(join(path, 'node_api.h')));
  if (nodeHeaders === undefined) throw new Error(`no node_api.h in ${headers.join(' or ')}`);
  const sources = ['tfjs_backend.cc', 'tfjs_binding.cc'].map((name) => `binding/${name}`);
  run(
    'g++',
    [
      '-shared -fPIC -O2 -std=c++17 -w'.split(' '),
      `-DNAPI_VERSION=${napi}`,
      ['-I', nodeHeaders, '-I', 'binding', '-I', join(wheel, 'include')],
      ['-o', binding, ...sources],
      ['-L', libraries, '-ltensorflow', '-ltensorflow_framework'],
      '-Wl,-rpath,$ORIGIN/../../deps/lib',
    ].flat(),
    { cwd: packageFolder },
  );
}
