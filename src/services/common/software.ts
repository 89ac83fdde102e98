import type { Software } from '../../api/common.ts'
import type { SoftwareSource } from '../../model/member.ts'

export interface PackageLayout {
  /** Units of the packages that must never start by themselves. */
  readonly maskUnits: readonly string[]
  /** Where the packages put the program. */
  readonly path: string
}

/**
 * Where a product's software comes from and where it stands: archives in `/opt/ironherd/<product>-<version>-<12 hex>`,
 * so that two versions, or two archives of one version, stand side by side. Undefined when the spec names neither or both.
 */
export function softwareSource(
  product: string,
  version: string,
  software: Software,
  layout: PackageLayout,
): SoftwareSource | undefined {
  const { archive, packages } = software
  if (packages !== undefined) {
    return archive === undefined ? { from: 'packages', packages, ...layout } : undefined
  }
  if (archive === undefined) return undefined
  const { url, sha256, sha512 } = archive
  if ((sha256 === undefined) === (sha512 === undefined)) return undefined
  const hex = sha512 ?? sha256 ?? ''
  const familyPrefix = `/opt/ironherd/${product}-`
  return {
    from: 'archive',
    url,
    digest: sha512 === undefined ? `sha256:${hex}` : `sha512:${hex}`,
    path: `${familyPrefix}${version}-${hex.slice(0, 12)}`,
    familyPrefix,
  }
}

/** How the software is told in a member's identity: its digest, or its packages. */
export function softwareIdentity(source: SoftwareSource): string {
  return source.from === 'archive' ? source.digest : `packages ${source.packages.join(' ')}`
}
