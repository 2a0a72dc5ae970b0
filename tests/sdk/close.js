'use strict';

// Closes every conversation that is open, whoever has it.

const { start, tell, ask } = require('./bot');

const agent = start();
const closing = new Set();

agent.on('connected', () => {
    ask(agent, 'subscribeExConversations', { convState: ['OPEN'] }, () => tell('subscribed'));
});

agent.on('cqm.ExConversationChangeNotification', (body) => {
    for (const { type, result } of body.changes) {
        const conversation = result.convId;
        if (type === 'DELETE') {
            closing.delete(conversation);
            tell('gone', { conversation, state: result.conversationDetails.state });
        } else if (!closing.has(conversation)) {
            closing.add(conversation);
            close(conversation);
        }
    }
});

function close(conversationId) {
    const close = { field: 'ConversationStateField', conversationState: 'CLOSE' };
    const body = { conversationId, conversationField: [close] };
    ask(agent, 'updateConversationField', body, (answer) => {
        tell('closed conversation', { conversation: conversationId, answer });
    });
}
