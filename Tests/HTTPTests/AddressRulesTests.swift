import Testing

@testable import HTTP

@Suite struct AddressRulesTests {
    @Test(
        arguments: [
            0x7F00_0001, 0x0A01_0203, 0xAC10_0001, 0xAC1F_FFFF, 0xC0A8_0101, 0xA9FE_A9FE, 0x6440_0001, 0, 0xE000_0001,
            0xFFFF_FFFF, 0xC612_0001, 0xC613_FFFF,
        ] as [UInt32])
    func `a special IPv4 address is not public`(address: UInt32) {
        #expect(!AddressRules.isPublic(v4: address))
    }

    @Test(arguments: [0x0101_0101, 0x0808_0808, 0xAC0F_FFFF, 0xAC20_0000, 0xC0A9_0000, 0xA9FD_0001] as [UInt32])
    func `an ordinary IPv4 address is public`(address: UInt32) {
        #expect(AddressRules.isPublic(v4: address))
    }

    @Test(
        arguments: [
            [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
            [0xFE, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
            [0xFD, 0, 0x0E, 0xC2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0x54],
            [0xFF, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
            [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 127, 0, 0, 1],
            [0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0, 169, 254, 169, 254],
            [0x20, 0x02, 10, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
            [0x20, 0x01, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3],
            [0x20, 0x01, 0x0D, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
        ] as [[UInt8]])
    func `a special IPv6 address is not public`(bytes: [UInt8]) {
        #expect(!AddressRules.isPublic(v6: bytes))
    }

    @Test(
        arguments: [
            [0x26, 0x06, 0x47, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x11, 0x11],
            [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 8, 8, 8, 8],
        ] as [[UInt8]])
    func `an ordinary IPv6 address is public`(bytes: [UInt8]) {
        #expect(AddressRules.isPublic(v6: bytes))
    }
}
