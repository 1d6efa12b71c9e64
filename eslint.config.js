import simpleImportSort from 'eslint-plugin-simple-import-sort'
import tseslint from 'typescript-eslint'

const ownMessage = {
  selector:
    "ConditionalExpression[test.operator='instanceof'][test.right.name='Error'][consequent.property.name='message']",
  message: 'Use toMessage(error) of src/contracts.',
}

const streamWrite = {
  selector: "CallExpression[callee.property.name='write'][callee.object.property.name=/^std(out|err)$/]",
  message: 'Write through src/cli/output/terminal.ts, or log: a terminal acts on foreign text.',
}

const plainSignal = {
  selector:
    "CallExpression[callee.object.name='process'][callee.property.name='kill']:not([arguments.1.value=0])",
  message: 'Use signalProcess of src/run-folder: another process may have this number by now.',
}

const namingConvention = [
  'error',
  { selector: 'default', format: ['camelCase'], leadingUnderscore: 'allow' },
  { selector: 'typeLike', format: ['PascalCase'] },
  // A schema has the name of the type that it describes.
  { selector: 'variable', format: ['camelCase', 'StrictPascalCase'] },
  {
    selector: 'variable',
    types: ['boolean', 'string', 'number', 'array', 'function'],
    format: ['camelCase'],
  },
  // Others choose these names: environment variables, signals, error codes, protocols, modules.
  { selector: 'typeProperty', format: ['camelCase', 'snake_case'] },
  { selector: ['objectLiteralProperty', 'objectLiteralMethod', 'import'], format: null },
  { selector: ['property', 'typeProperty', 'method'], modifiers: ['requiresQuotes'], format: null },
]

export default tseslint.config(
  {
    ignores: [
      'dist/',
      '.cache/',
      '**/.changeover/',
      'test/support/link-protocol-0/',
      'eslint.config.js',
      '.dependency-cruiser.cjs',
    ],
  },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        project: ['./tsconfig.tools.json', './tsconfig.json', './page/tsconfig.json'],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    plugins: { 'simple-import-sort': simpleImportSort },
    rules: {
      // Node's modules, packages, then our own from the farthest folder to this one.
      'simple-import-sort/imports': [
        'error',
        {
          groups: [['^node:'], ['^[@#]?\\w'], ['^\\.\\./\\.\\./\\.\\.', '^\\.\\./\\.\\.', '^\\.\\.', '^\\.']],
        },
      ],
      'simple-import-sort/exports': 'error',
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      // The runner waits for its tests.
      '@typescript-eslint/no-floating-promises': [
        'error',
        { allowForKnownSafeCalls: [{ from: 'package', name: ['test'], package: 'node:test' }] },
      ],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/naming-convention': namingConvention,
      'no-duplicate-imports': ['error', { allowSeparateTypeImports: true }],
      'no-restricted-syntax': ['error', ownMessage],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: [
      'src/cli/output/terminal.ts',
      'src/main/log/*.ts',
      'src/main/run/run-cli.ts',
      'src/test-service/test-service.ts',
      '**/*.test.ts',
    ],
    rules: {
      'no-console': 'error',
      'no-restricted-syntax': ['error', ownMessage, streamWrite, plainSignal],
    },
  },
  {
    files: ['page/**/*.{ts,tsx}'],
    rules: {
      // Components are functions with the names of types.
      '@typescript-eslint/naming-convention': [
        ...namingConvention,
        { selector: ['function', 'import'], format: ['camelCase', 'PascalCase'] },
      ],
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: String.raw`/src/contracts/(?!step-outcome\.ts$)`,
              allowTypeImports: true,
              message:
                'The page runs in a browser: of src/contracts it imports types, and the values of files that import only types.',
            },
            { regex: '/src/(?!contracts/)', message: 'The page knows only the contracts.' },
          ],
        },
      ],
    },
  },
  {
    files: ['src/run-folder/process-identity.ts'],
    rules: { 'no-restricted-syntax': ['error', ownMessage, streamWrite] },
  },
)
