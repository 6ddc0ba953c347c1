/// Reads a process's processor time as Linux tells it.
public enum ProcessorTime {
    /// The time in user and system mode, in seconds, from the content of `/proc/<pid>/stat` (proc_pid_stat(5): fields 14
    /// and 15); nil if it can't be read.
    ///
    /// The second field is the program's name in parentheses, and may hold spaces and parentheses itself.
    public static func seconds(stat: String, ticksPerSecond: Int) -> Double? {
        guard let close = stat.lastIndex(of: ")"), ticksPerSecond > 0 else { return nil }
        let fields = stat[stat.index(after: close)...].split(separator: " ")
        guard fields.count > 12, let user = Int(fields[11]), let system = Int(fields[12]) else { return nil }
        return Double(user + system) / Double(ticksPerSecond)
    }
}
