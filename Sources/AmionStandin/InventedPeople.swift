/// A radiologist who does not exist.
struct InventedPerson: Sendable, Hashable {
    /// The unique id that report 625c shows.
    let id: Int
    let first: String
    let last: String
    /// Whether the person reads body, neuro, or both kinds of study.
    let specialty: Specialty

    enum Specialty: Sendable { case body, neuro, both }

    /// As Amion writes a name.
    var name: String { "\(last), \(first)" }

    /// Everyone on the stand-in's schedule; `ops/samples/people.yaml` lists the same people.
    static let all = [
        InventedPerson(id: 41, first: "Ada", last: "Quill", specialty: .both),
        InventedPerson(id: 42, first: "Ben", last: "Tarn", specialty: .body),
        InventedPerson(id: 43, first: "Cleo", last: "Marsh", specialty: .neuro),
        InventedPerson(id: 44, first: "Dev", last: "Okoro", specialty: .both),
        InventedPerson(id: 45, first: "Elin", last: "Sorve", specialty: .both),
        InventedPerson(id: 46, first: "Finn", last: "Hale", specialty: .body),
        InventedPerson(id: 47, first: "Gia", last: "Lund", specialty: .neuro),
        InventedPerson(id: 48, first: "Hugo", last: "Brandt", specialty: .both),
        InventedPerson(id: 49, first: "Ines", last: "Calder", specialty: .both),
        InventedPerson(id: 50, first: "Jon", last: "Vesper", specialty: .both),
    ]
}
