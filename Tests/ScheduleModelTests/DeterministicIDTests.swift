import Foundation
import Testing

@testable import ScheduleModel

/// The expected values come from Python's `uuid.uuid5` and `hashlib`.
@Suite struct DeterministicIDTests {
    private static let version = "0b1c0000-0000-4000-8000-0000000000cd"

    private func shift(_ type: String, _ study: StudyType, _ constraint: Specialty, key: String) throws -> ShiftDraft {
        let window = try #require(ShiftWindow(startSeconds: 0, endSeconds: 3600))
        return ShiftDraft(
            shiftType: type, date: try #require(LocalDate("2026-03-06")), window: window, startsAt: .distantPast,
            endsAt: .distantFuture, studyType: study, constraint: constraint, desiredCoverage: 1, isMandatory: false,
            sourceKey: key)
    }

    private func rule(row: Int, type: String?) throws -> CoverageRuleDraft {
        CoverageRuleDraft(
            worklistID: try #require(Identifier(Self.version)), shiftType: type, category: .mid, dayType: .weekday,
            scenario: .body, window: try #require(ShiftWindow(startSeconds: 0, endSeconds: 3600)),
            sheetName: "Mid Weekday Body 5 - 6 pm", sourceRow: row)
    }

    @Test func `versions, batches and tasks are named by queue and task`() {
        #expect(
            DeterministicID.version(queue: "default", taskID: "t-1").description
                == "54239ff3-8118-5779-9016-efb0b161f7b7")
        #expect(
            DeterministicID.version(queue: "hospital-NORTH", taskID: "task:1").description
                == "1a89ccb6-f35d-5dcd-b64c-0aa5b3dd8424")
        #expect(
            DeterministicID.batch(queue: "hospital-NORTH", taskID: "t-1").description
                == "0a3aeb4d-8ede-517f-afbe-b23bb9a9e7a0")
        #expect(DeterministicID.task(workflowID: "wf-1", step: 2) == "804d5d8b-fc09-50f3-8dc0-6a4eb4a1db36")
    }

    @Test func `a worklist is named by its hospital in lower case, however the id was written`() throws {
        for text in ["6f9d0000-0000-4000-8000-0000000000ab", "6F9D0000-0000-4000-8000-0000000000AB"] {
            let hospital = try #require(Identifier<Hospital>(text))
            #expect(
                DeterministicID.worklist(hospital: hospital, labelKey: "north ct neuro").description
                    == "ecc6024d-e726-5176-9b27-1d78f9f15577")
        }
    }

    @Test func `slots and rules are named by their version and what they say`() throws {
        let version = try #require(Identifier<ScheduleVersion>(Self.version))
        let night = try shift("ON1", .neuro, .both, key: "")
        let morning = try shift("MORNING", .general, .bodyOnly, key: "type-a|icu")
        #expect(
            DeterministicID.shift(version: version, night).description == "7906e9f8-a7d7-5698-8d87-0c381f123908")
        #expect(
            DeterministicID.shift(version: version, morning).description == "3632e07c-b684-5f02-af24-4fa4f27bf526")
        #expect(
            DeterministicID.rule(version: version, try rule(row: 4, type: "MidC")).description
                == "7535f62c-5eaf-580a-8bf6-0346bc727046")
        #expect(
            DeterministicID.rule(version: version, try rule(row: 5, type: nil)).description
                == "05a74b97-1922-5f6c-be17-9791b2aec0a0")
    }

    @Test(arguments: [
        ("", "53476d5a-cb97-5df9-bc5f-a68e917fb968"), ("ß€😀", "948ac3d7-baa3-5a73-bdd1-f4e02e077aeb"),
    ])
    func `any text names one UUID of version 5`(name: String, expected: String) {
        #expect(DeterministicID.uuid(name).uuidString.lowercased() == expected)
    }
}

@Suite struct DigestTests {
    private static let vectors: [([UInt8], String, String)] = [
        (
            [], "da39a3ee5e6b4b0d3255bfef95601890afd80709",
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        ),
        (
            Array("abc".utf8), "a9993e364706816aba3e25717850c26c9cd0d89d",
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        ),
        (
            Array("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq".utf8),
            "84983e441c3bd26ebaae4aa1f95129e5e54670f1",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
        (
            letters(55), "c1c8bbdc22796e28c0e15163d20899b65621d65a",
            "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318"
        ),
        (
            letters(56), "c2db330f6083854c99d4b5bfb6e8f29f201be699",
            "b35439a4ac6f0948b6d6f9e3c6af0f5f590ce20f1bde7090ef7970686ec6738a"
        ),
        (
            letters(63), "03f09f5b158a7a8cdad920bddc29b81c18a551f5",
            "7d3e74a05d7db15bce4ad9ec0658ea98e3f06eeecf16b4c6fff2da457ddc2f34"
        ),
        (
            letters(64), "0098ba824b5c16427bd7a1122a5a442a25ec644d",
            "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb"
        ),
        (
            letters(119), "ee971065aaa017e0632a8ca6c77bb3bf8b1dfc56",
            "31eba51c313a5c08226adf18d4a359cfdfd8d2e816b13f4af952f7ea6584dcfb"
        ),
        (
            letters(120), "f34c1488385346a55709ba056ddd08280dd4c6d6",
            "2f3d335432c70b580af0e8e1b3674a7c020d683aa5f73aaaedfdc55af904c21c"
        ),
        (
            (0..<1024).map { UInt8($0 % 256) }, "5b00669c480d5cffbdfa8bdba99561160f2d1b77",
            "785b0751fc2c53dc14a4ce3d800e69ef9ce1009eb327ccf458afe09c242c26c9"
        ),
    ]

    private static func letters(_ count: Int) -> [UInt8] { Array(repeating: UInt8(ascii: "a"), count: count) }

    @Test(arguments: vectors.indices)
    func `digests agree with another program on every padding boundary`(index: Int) {
        let (message, sha1, sha256) = Self.vectors[index]
        #expect(SHA256.hex(message) == sha256)
        var hash = SHA1()
        hash.update(message.span)
        let digest = hash.digest()
        let hex = digest.indices.map { word in
            let digits = String(digest[word], radix: 16)
            return String(repeating: "0", count: 8 - digits.count) + digits
        }.joined()
        #expect(hex == sha1)
    }

    @Test(arguments: [1, 3, 63, 64, 65, 100])
    func `a digest is the same however the bytes are cut into pieces`(length: Int) {
        for (message, _, sha256) in Self.vectors {
            var hash = SHA256()
            for start in stride(from: 0, to: message.count, by: length) {
                hash.add(message.span.extracting(start..<min(start + length, message.count)))
            }
            #expect(hash.finishedHex() == sha256)
        }
    }
}
