/// What people write where they have no value.
enum Placeholder {
    /// Compared without case, white space and punctuation.
    private static let words: [String: String] = {
        let all = [
            "N/A", "NA", "null", "none", "nil", "NaN", "unknown", "undefined", "missing", "empty", "not available",
            "not applicable", "TBD", "test", "dummy", "#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!",
            "#NUM!",
            "n.d.", "s/n", "sem cpf", "sem documento", "não informado", "nao informado", "não tem", "nao tem", "teste",
            "desconocido", "sin datos", "ninguno", "inconnu", "aucun", "néant", "unbekannt", "keine", "keine Angabe",
            "k.A.",
            "sconosciuto", "nessuno", "brak", "nieznany", "onbekend", "geen", "okänd", "ukjent", "yok", "bilinmiyor",
            "нет", "неизвестно", "άγνωστο", "无", "未知", "不明", "なし", "없음", "لا يوجد", "अज्ञात", "ไม่มี",
        ]
        // Several spellings come to one word: the first names it.
        return Dictionary(all.map { (folded($0), $0) }, uniquingKeysWith: { first, _ in first })
    }()
    private static let mailboxes: Set = [
        "noemail", "nomail", "sememail", "naotem", "sinemail", "none", "null", "na", "unknown", "nobody", "pasdemail",
    ]
    static let sequenceName = "123456789…"
    private static let sequence = "12345678901234567890"

    /// The placeholder's name in our table; nil for what may be a value.
    static func name(of spelling: String) -> String? {
        if spelling.utf8.contains(UInt8(ascii: "@")) { return mailName(of: spelling) }
        // Longer ones are in no table; a single character can be repeated as often as it likes.
        let folded = folded(spelling)
        guard let first = folded.unicodeScalars.first else { return "punctuation alone" }
        if let word = words[folded] { return word }
        let count = folded.unicodeScalars.count
        if folded.unicodeScalars.allSatisfy({ $0 == first }) {
            if first == "0" { return "zeros alone" }
            if first.properties.numericType != nil { return count >= 6 ? "one digit repeated" : nil }
            return count >= 3 ? "one letter repeated" : nil
        }
        return count >= 7 && sequence.hasPrefix(folded) ? sequenceName : nil
    }

    private static func mailName(of spelling: String) -> String? {
        let parts = spelling.lowercased().split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, let label = parts[1].split(separator: ".").first else { return nil }
        let mailbox = folded(String(parts[0]))
        if mailboxes.contains(mailbox) { return "noemail@…" }
        if ["test", "teste", "testing"].contains(mailbox), folded(String(label)) == mailbox || label == "example" {
            return "test@test…"
        }
        return mailbox.count == 1 && folded(String(label)) == mailbox ? "a@a…" : nil
    }

    private static func folded(_ text: String) -> String {
        var kept = String.UnicodeScalarView()
        for scalar in text.lowercased().unicodeScalars where scalar.properties.isAlphabetic || isDigit(scalar) {
            kept.append(scalar)
        }
        return String(kept)
    }

    private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.numericType == .decimal }
}
