/** The Open Inference Protocol over gRPC: its port, which makes each call a request of the protocol over REST. */
export { GrpcPort } from './grpc-port.ts'
