import '../signals/hold-signals.ts'

// By `import()`, since an `import` statement would have it all loaded before the signals are held.
await import('../run/subprocess/publisher.ts')
