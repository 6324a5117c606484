package reply

// smtpCode is one SMTP reply code.
type smtpCode struct {
	code    uint16
	class   Class
	meaning string
	ref     string
}

var smtpCodes = []smtpCode{
	{211, ClassAccepted, "system status", "RFC 5321"},
	{214, ClassAccepted, "help text", "RFC 5321"},
	{220, ClassAccepted, "the service is ready", "RFC 5321"},
	{221, ClassAccepted, "the service closes the connection", "RFC 5321"},
	{235, ClassAccepted, "the login succeeded", "RFC 4954"},
	{250, ClassAccepted, "done", "RFC 5321"},
	{251, ClassAccepted, "the user is not local; the message is forwarded", "RFC 5321"},
	{252, ClassAccepted, "the user cannot be verified, but the message is taken", "RFC 5321"},
	{334, ClassAccepted, "the login exchange goes on", "RFC 4954"},
	{354, ClassAccepted, "send the message", "RFC 5321"},
	{421, ClassTemporaryLocal, "the service is not available and closes the connection", "RFC 5321"},
	{432, ClassCredentials, "a password transition is needed", "RFC 4954"},
	{450, ClassTemporaryLocal, "the mailbox is not available now", "RFC 5321"},
	{451, ClassTemporaryLocal, "a local error of the server", "RFC 5321"},
	{452, ClassTemporaryLocal, "the server is short of storage, or has too many recipients", "RFC 5321"},
	{454, ClassTemporaryLocal, "TLS or the login is not available for the moment", "RFC 3207, RFC 4954"},
	{455, ClassTemporaryLocal, "the server cannot honour the parameters now", "RFC 5321"},
	{500, ClassProtocol, "the command was not recognised", "RFC 5321"},
	{501, ClassProtocol, "syntax error in the arguments", "RFC 5321"},
	{502, ClassProtocol, "the command is not implemented", "RFC 5321"},
	{503, ClassProtocol, "wrong sequence of commands", "RFC 5321"},
	{504, ClassProtocol, "the parameter is not implemented", "RFC 5321"},
	{521, ClassPolicy, "the host takes no mail", "RFC 7504"},
	{523, ClassSize, "the message is too big", "private use"},
	{524, ClassProtocol, "the login mechanism is not supported", "private use"},
	{530, ClassCredentials, "a login or TLS is required first", "RFC 4954, RFC 3207"},
	{534, ClassCredentials, "the login mechanism is too weak", "RFC 4954"},
	{535, ClassCredentials, "user name or password is wrong", "RFC 4954"},
	{538, ClassTLS, "this login mechanism is allowed over TLS only", "RFC 4954"},
	{550, ClassUnknown, "refused: the mailbox is not available, or a policy forbids it", "RFC 5321"},
	{551, ClassUserUnknown, "the user is not local", "RFC 5321"},
	{552, ClassUnknown, "more storage than allowed: mailbox full or message too big", "RFC 5321"},
	{553, ClassUnknown, "the mailbox name is not allowed", "RFC 5321"},
	{554, ClassUnknown, "the transaction failed, or no service here", "RFC 5321"},
	{555, ClassProtocol, "the parameters of MAIL or RCPT are not known", "RFC 5321"},
	{556, ClassUserUnknown, "the domain takes no mail", "RFC 7504"},
}

func codeOf(code uint16) *smtpCode {
	for i := range smtpCodes {
		if smtpCodes[i].code == code {
			return &smtpCodes[i]
		}
	}
	return nil
}
