// A plugin of protoc: reads a CodeGeneratorRequest on standard input and writes Swift for the files it names.
//
// The parameter is a list such as "emit=values,prefix=google.rpc:RPC". It states what is generated (values, server,
// client or list), the prefixes of Swift's names by proto package, and with "c-module" the target of the C structs.

let input = readStandardInput()
let output: [UInt8]
do {
    output = try encodeResponse(Request(input).generate())
} catch let error {
    output = encodeResponse(error: error.message)
}
writeStandardOutput(output)
