/** The address that this OS process announces: set once when it listens, shown in log lines. */
let announced = { ip: '0.0.0.0', port: 0 }

export function announce(address: { readonly ip: string; readonly port: number }): void {
  announced = { ip: address.ip, port: address.port }
}

export function announcedAddress(): { readonly ip: string; readonly port: number } {
  return announced
}
