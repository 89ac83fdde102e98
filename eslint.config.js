import { defineConfig } from 'eslint/config'
import tseslint from 'typescript-eslint'
import { architecture } from './eslint.architecture.js'

/** What is checked with types: chiefly that no promise is lost and that no `any` goes round unseen. */
const typed = {
  files: ['**/*.ts'],
  extends: [tseslint.configs.recommendedTypeChecked],
  languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
  linterOptions: { reportUnusedDisableDirectives: 'error' },
  rules: {
    '@typescript-eslint/no-floating-promises': 'error',
    '@typescript-eslint/no-misused-promises': 'error',
    '@typescript-eslint/no-explicit-any': 'error',
    '@typescript-eslint/no-non-null-assertion': 'error',
    '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    '@typescript-eslint/consistent-type-imports': 'error',
    '@typescript-eslint/no-unnecessary-type-assertion': 'error',
    '@typescript-eslint/no-deprecated': 'error',
    '@typescript-eslint/use-unknown-in-catch-callback-variable': 'error',
    '@typescript-eslint/return-await': ['error', 'in-try-catch'],
    '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
    // tsc reports unused locals; here only what it does not see.
    '@typescript-eslint/no-unused-vars': 'off',
    eqeqeq: 'error',
    'no-var': 'error',
    'prefer-const': 'error',
    'no-console': 'off',
  },
}

export default defineConfig(
  { ignores: ['dist/', 'node_modules/', 'coverage/', 'test/cases/', 'crds/'] },
  typed,
  { files: ['src/**/*.ts'], ignores: ['src/**/*.test.ts'], rules: { 'no-console': 'error' } },
  // A file of more than 350 lines holds more than one idea.
  { files: ['src/**/*.ts'], ignores: ['src/**/*.test.ts'], rules: { 'max-lines': ['error', { max: 350 }] } },
  { files: ['src/**/*.test.ts'], rules: { 'max-lines': ['error', { max: 500 }] } },
  {
    // A fake in a test is often async only because its port is.
    files: ['**/*.test.ts', 'test/**/*.ts', 'bench/**/*.ts'],
    rules: { '@typescript-eslint/require-await': 'off' },
  },
  ...architecture(import.meta.dirname),
)
