import CSystemLibraries.OpenSSL

/// Arithmetic on secp224r1: scalars and uncompressed points as bytes, OpenSSL's objects owned here.
@safe struct Curve: ~Copyable {
    private let group: OpaquePointer
    private let context: OpaquePointer

    init() throws(WireError) {
        guard let group = unsafe EC_GROUP_new_by_curve_name(AgreementKey.curve) else {
            throw OpenSSLErrors.cleared(.library("secp224r1"))
        }
        guard let context = unsafe BN_CTX_secure_new() else {
            unsafe EC_GROUP_free(group)
            throw OpenSSLErrors.cleared(.library("BN_CTX"))
        }
        unsafe self.group = unsafe group
        unsafe self.context = unsafe context
    }

    deinit {
        unsafe BN_CTX_free(context)
        unsafe EC_GROUP_free(group)
    }

    /// A scalar from 1 up to below the group's order.
    func randomScalar() throws(WireError) -> [UInt8] {
        guard let number = unsafe BN_new() else { throw OpenSSLErrors.cleared(.library("BN")) }
        defer { unsafe BN_clear_free(number) }
        var bytes = [UInt8](repeating: 0, count: AgreementKey.coordinateLength)
        repeat {
            guard unsafe BN_priv_rand_range(number, EC_GROUP_get0_order(group)) == 1,
                unsafe BN_bn2binpad(number, &bytes, Int32(bytes.count)) == bytes.count
            else { throw OpenSSLErrors.cleared(.library("BN_priv_rand_range")) }
        } while unsafe BN_is_zero(number) == 1
        return bytes
    }

    /// The product of a point (nil: the generator) and a scalar.
    ///
    /// - Throws: `WireError.key` if the point is not on the curve or the product is the point at infinity.
    func multiply(_ point: [UInt8]?, by scalar: [UInt8]) throws(WireError) -> [UInt8] {
        guard let number = unsafe BN_bin2bn(scalar, Int32(scalar.count), nil) else {
            throw OpenSSLErrors.cleared(.library("BN"))
        }
        defer { unsafe BN_clear_free(number) }
        unsafe BN_set_flags(number, BN_FLG_CONSTTIME)
        guard let product = unsafe EC_POINT_new(group) else {
            throw OpenSSLErrors.cleared(.library("EC_POINT"))
        }
        defer { unsafe EC_POINT_clear_free(product) }

        if let point {
            // Reading a point checks that it is on the curve.
            guard unsafe EC_POINT_oct2point(group, product, point, point.count, context) == 1,
                unsafe EC_POINT_mul(group, product, nil, product, number, context) == 1
            else { throw OpenSSLErrors.cleared(.key) }
        } else {
            guard unsafe EC_POINT_mul(group, product, number, nil, nil, context) == 1 else {
                throw OpenSSLErrors.cleared(.key)
            }
        }
        var bytes = [UInt8](repeating: 0, count: AgreementKey.publicKeyLength)
        guard
            unsafe EC_POINT_point2oct(
                group, product, POINT_CONVERSION_UNCOMPRESSED, &bytes, bytes.count, context) == bytes.count
        else { throw OpenSSLErrors.cleared(.key) }
        return bytes
    }
}
