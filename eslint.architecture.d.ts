import type { Linter } from 'eslint'

export declare const rooms: Readonly<Record<string, readonly string[]>>
export declare const pureRooms: readonly string[]
export declare function architecture(root: string): Linter.Config[]
