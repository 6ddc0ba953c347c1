/// What `--version` tells.
public enum VersionInfo {
    public static let version = "0.1.0"
}
