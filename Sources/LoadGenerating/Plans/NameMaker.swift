/// Makes names that look like customers', accents and apostrophes included.
enum NameMaker {
    static func name(with generator: inout SeededGenerator) -> String {
        let given = generator.pick(givenNames) ?? ""
        let family = generator.pick(familyNames) ?? ""
        guard generator.chance(1, of: 3), let second = generator.pick(familyNames) else { return "\(given) \(family)" }
        return "\(given) \(second) \(family)"
    }

    private static let givenNames = [
        "Ana", "Antônio", "Beatriz", "Bruno", "Carla", "Cauã", "Débora", "Diego", "Eduarda", "Fábio", "Flávia",
        "Gustavo", "Helena", "Inês", "João", "Júlia", "Lívia", "Luís", "Márcia", "Mateus", "Núria", "Otávio", "Paula",
        "Rafael", "Søren", "Thaís", "Vítor", "Yasmin", "Zoë", "Łukasz", "Marie-Claire", "Siobhán",
    ]
    private static let familyNames = [
        "Almeida", "Araújo", "Barbosa", "Cardoso", "Costa", "d'Ávila", "da Silva", "de Souza", "Dias", "Fernandes",
        "Ferreira", "Gonçalves", "Lima", "Martins", "Melo", "Müller", "Nogueira", "O'Connor", "Oliveira", "Pereira",
        "Ribeiro", "Rocha", "Rodrigues", "Santos", "Schröder", "Teixeira", "Vieira", "Øverland", "Nuñez", "Weiß",
    ]
}
