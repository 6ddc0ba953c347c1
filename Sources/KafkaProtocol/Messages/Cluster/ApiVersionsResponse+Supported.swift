extension ApiVersionsResponse {
    /// All that is spoken here, by ascending key.
    public static func supported(errorCode: ErrorCode = .none) -> ApiVersionsResponse {
        let keys = ApiKey.allCases.sorted { $0.rawValue < $1.rawValue }
        return ApiVersionsResponse(
            errorCode: errorCode,
            apiKeys: keys.map { key in
                ApiVersion(
                    apiKey: key.rawValue, minVersion: key.supportedVersions.lowerBound,
                    maxVersion: key.supportedVersions.upperBound)
            })
    }
}
