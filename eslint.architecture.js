import boundaries from 'eslint-plugin-boundaries'

/**
 * Who may import whom. Every room may also import itself and `model`. `main.ts` and `cli` wire the house together, so
 * they may import everything and nobody imports them.
 */
export const rooms = {
  api: ['model'],
  model: [],
  formats: ['model'],
  services: ['model', 'formats', 'api'],
  clusters: ['model', 'services', 'formats', 'api'],
  planner: ['model', 'api'],
  telemetry: ['model'],
  hosts: ['model', 'formats', 'telemetry'],
  executor: ['model', 'formats', 'hosts', 'telemetry'],
  control: ['model', 'api', 'telemetry'],
  web: ['model', 'telemetry'],
}

/** Rooms that must give the same answer for the same input, for ever: no I/O, no clock, no randomness. */
export const pureRooms = ['api', 'model', 'clusters', 'services', 'planner', 'formats']

/** Packages that a pure room may use: they compute, and do nothing else. */
const purePackages = ['zod']

const because = 'A pure room gets time, randomness and the world as arguments (docs/architecture.md).'

const impureGlobals = [
  'process',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
  'fetch',
  'performance',
  'crypto',
  'console',
  'navigator',
  'WebSocket',
  'EventSource',
  'XMLHttpRequest',
  'require',
]

/**
 * The lint rules that hold the house up. `root` is the directory that holds `src/`.
 * Tests are free: a test may read data cases and put rooms together.
 */
export function architecture(root) {
  return [
    {
      files: ['src/**/*.ts'],
      ignores: ['src/**/*.test.ts'],
      plugins: { boundaries },
      settings: {
        'boundaries/root-path': root,
        'boundaries/elements': [...Object.keys(rooms), 'cli'].map((room) => ({ type: room, pattern: `src/${room}` })),
        'boundaries/files': [
          { category: 'entry', pattern: 'src/main.ts' },
          { category: 'test', pattern: '**/*.test.ts' },
        ],
        'import/resolver': { node: { extensions: ['.ts'] } },
      },
      rules: {
        'boundaries/no-unknown-files': 'error',
        'boundaries/no-unknown-dependencies': 'error',
        'boundaries/dependencies': [
          'error',
          {
            default: 'disallow',
            checkInternals: true,
            // Packages and node: modules are the business of the rules below; here it is about rooms.
            policies: [
              { allow: { to: { module: { origin: ['external', 'core'] } } } },
              ...Object.entries(rooms).map(([room, others]) => ({
                from: { element: { type: room } },
                allow: { to: { element: { types: { anyOf: [room, ...others] } } } },
              })),
              { from: { element: { type: 'cli' } }, allow: { to: { element: { type: '*' } } } },
              { from: { file: { categories: 'entry' } }, allow: { to: { element: { type: '*' } } } },
              { disallow: { to: { file: { categories: { anyOf: ['test', 'entry'] } } } } },
            ],
          },
        ],
      },
    },
    {
      files: pureRooms.map((room) => `src/${room}/**/*.ts`),
      ignores: ['src/**/*.test.ts'],
      rules: {
        'no-restricted-imports': [
          'error',
          {
            paths: [{ name: 'node:crypto', allowImportNames: ['createHash'], message: because }],
            patterns: [
              { regex: '^node:(?!crypto$)', message: because },
              { regex: `^(?!node:|\\.|(?:${purePackages.join('|')})(?:/|$))`, message: because },
            ],
          },
        ],
        'no-restricted-globals': ['error', ...impureGlobals.map((name) => ({ name, message: because }))],
        'no-restricted-properties': [
          'error',
          { object: 'Date', property: 'now', message: because },
          { object: 'Math', property: 'random', message: because },
          { object: 'globalThis', message: because },
        ],
        'no-restricted-syntax': [
          'error',
          { selector: 'NewExpression[callee.name="Date"][arguments.length=0]', message: because },
          { selector: 'CallExpression[callee.name="Date"]', message: because },
          { selector: 'ImportExpression', message: because },
          { selector: 'MetaProperty', message: because },
        ],
      },
    },
  ]
}
